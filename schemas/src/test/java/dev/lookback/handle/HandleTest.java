package dev.lookback.handle;

import static dev.lookback.v1.HandleKind.EMAIL;
import static dev.lookback.v1.HandleKind.OTHER;
import static dev.lookback.v1.HandleKind.PHONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lookback.v1.HandleKind;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HandleTest {
    static Stream<Arguments> cases() {
        return Stream.of(
                phone("+4915100000077", "+4915100000077"),
                phone("+49 (151) 000-000.77", "+4915100000077"),
                phone("+1234567", "+1234567"),
                phone("+123456789012345", "+123456789012345"),
                other("+123456"), // too short
                other("+1234567890123456"), // too long
                other("+0123456789"), // no country begins with 0
                other("004915100000077"),
                other("4915100000077"),
                other("++4915100000077"),
                other("+49151/0000077"),
                other(" +4915100000077"),
                other("+49151\u00a00000077"), // no-break space
                other("+49151\u200b0000077"), // zero-width space
                other("\u202a+4915100000077\u202c"), // as copied from a contact list
                other("\uff0b4915100000077"), // full-width plus
                other("+\u0664\u0669\u0661\u0665\u0661\u0660\u0660\u0660"), // Arabic-Indic digits
                other("+\uff14\uff19\uff11\uff15\uff11\uff10\uff10\uff10"), // full-width digits
                email("Someone@Example.ORG", "someone@example.org"),
                email("a@b.c", "a@b.c"),
                email("first.last+tag@mail.example.org", "first.last+tag@mail.example.org"),
                email("\u00c4rger@example.org", "\u00e4rger@example.org"),
                email("\u0430bc@example.org", "\u0430bc@example.org"), // Cyrillic а: another person than abc
                email("x".repeat(64) + "@example.org", "x".repeat(64) + "@example.org"),
                other("x".repeat(65) + "@example.org"),
                other("x@" + "y".repeat(250) + ".org"),
                other("\u212aelvin@example.org"), // would become kelvin, who is someone else
                other("so meone@example.org"),
                other("some\u200done@example.org"),
                other("some\u00adone@example.org"), // soft hyphen
                other("some\u2028one@example.org"),
                other("some\u0000one@example.org"),
                other("some\u0085one@example.org"), // next line
                other("some\u00a0one@example.org"), // no-break space
                other("some\u3000one@example.org"), // ideographic space
                other("some\ufffdone@example.org"), // from bytes that were no UTF-8
                other("some\udb40\udc6fone@example.org"), // a tag, which cannot be seen
                other("some\udb40one@example.org"), // half a character
                email("\ud83d\ude00@example.org", "\ud83d\ude00@example.org"),
                other("someone@@example.org"),
                other("a@b@example.org"),
                other("@example.org"),
                other("someone@"),
                other("someone@host"),
                other("someone@.org"),
                other("someone@example."),
                other(""),
                other("+"),
                other("\ud83d"),
                other("anything else"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void parses(String text, HandleKind kind, String normalised) {
        assertThat(Handle.parse(text)).isEqualTo(new Handle(kind, normalised));
    }

    @Test
    void aNormalFormIsItsOwnNormalForm() {
        long seed = 7;
        Random random = new Random(seed);
        String[] pieces = {
            "+", "4", "9", "0", "15", " ", "-", "@", ".", "a", "Z", "\u0130", "\u00df", "\u212a", "\u03a3"
        };
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "+49151" : "a@b");
            for (int length = random.nextInt(12); length > 0; length--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Handle once = Handle.parse(text.toString());
            assertThat(Handle.parse(once.normalised()))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(once);
        }
    }

    @Test
    void printsNobody() {
        assertThat(Handle.parse("+4915100000077")).hasToString("Handle[PHONE]");
    }

    private static Arguments phone(String text, String normalised) {
        return Arguments.of(text, PHONE, normalised);
    }

    private static Arguments email(String text, String normalised) {
        return Arguments.of(text, EMAIL, normalised);
    }

    private static Arguments other(String text) {
        return Arguments.of(text, OTHER, text);
    }
}
