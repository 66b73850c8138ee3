package dev.lookback.tool;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import dev.lookback.handle.Handle;
import dev.lookback.v1.HandleKind;
import org.jspecify.annotations.Nullable;

/** Handles as a legal paper writes them, to the form that searches compare. */
final class HandleInput {
    private static final PhoneNumberUtil NUMBERS = PhoneNumberUtil.getInstance();

    private HandleInput() {}

    /**
     * Normalises a handle.
     *
     * @param region ISO 3166-1 code of the country whose national form a number may have; null: none
     * @param anything whether a handle may be neither a number nor an address
     * @throws ToolException if it is neither
     */
    static String normalise(String text, @Nullable String region, boolean anything) {
        String trimmed = text.strip();
        Handle plain = Handle.parse(trimmed);
        if (plain.kind() != HandleKind.OTHER) {
            return plain.normalised();
        }
        if (region != null && !NUMBERS.getSupportedRegions().contains(region)) {
            throw ToolException.usage("--region is the ISO 3166-1 code of a country, such as DE");
        }
        try {
            PhoneNumber number = NUMBERS.parse(trimmed, region);
            if (NUMBERS.isPossibleNumber(number)) {
                return NUMBERS.format(number, PhoneNumberFormat.E164);
            }
        } catch (NumberParseException e) {
            // Then it is no number.
        }
        if (anything) {
            return trimmed;
        }
        throw ToolException.usage("A handle is neither an e-mail address nor a number in international form (+49…)"
                + (region == null ? "; --region says whose national form it has" : " or in the form of " + region));
    }
}
