package dev.lookback.casework;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import dev.lookback.handle.Handle;
import dev.lookback.v1.HandleKind;
import org.jspecify.annotations.Nullable;

/** Handles as a legal paper writes them, to the form that searches compare. */
public final class HandleInput {
    private static final PhoneNumberUtil NUMBERS = PhoneNumberUtil.getInstance();

    private HandleInput() {}

    /** Whether numbers of a region (ISO 3166-1 code) are known. */
    public static boolean isRegion(String region) {
        return NUMBERS.getSupportedRegions().contains(region);
    }

    /**
     * Normalises a handle. A number in international form stays what it is, digit for digit, as the log has it; only a
     * national form is looked up in the numbering plan.
     *
     * @param region ISO 3166-1 code of the country whose national form a number may have; null: none
     * @return null if it is neither a number nor an address
     */
    public static @Nullable String normalise(String text, @Nullable String region) {
        String trimmed = text.strip();
        // +44 (0)7700 …: the zero is what one dials at home, and no part of the number.
        Handle plain = Handle.parse(trimmed.startsWith("+") ? trimmed.replace("(0)", "") : trimmed);
        if (plain.kind() != HandleKind.OTHER) {
            return plain.normalised();
        }
        try {
            PhoneNumber number = NUMBERS.parse(trimmed, region);
            return NUMBERS.isPossibleNumber(number) ? NUMBERS.format(number, PhoneNumberFormat.E164) : null;
        } catch (NumberParseException e) {
            return null;
        }
    }
}
