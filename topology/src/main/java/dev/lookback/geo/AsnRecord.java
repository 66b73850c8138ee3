package dev.lookback.geo;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import org.jspecify.annotations.Nullable;

/** A record of an ASN database, under MaxMind's names. Public for the reader's reflection alone. */
public record AsnRecord(@Nullable Long number, @Nullable String organisation) {
    /** For the reader. */
    @MaxMindDbConstructor
    public AsnRecord(
            @MaxMindDbParameter(name = "autonomous_system_number") @Nullable Long number,
            @MaxMindDbParameter(name = "autonomous_system_organization") @Nullable String organisation) {
        this.number = number;
        this.organisation = organisation;
    }
}
