package dev.lookback.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokensTest {
    private static final byte[] KEY = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");

    /** The 64 vectors of the reference implementation (vectors_sip64): key 00…0f, input n is the bytes 00…n−1. */
    @Test
    void agreesWithThePublishedVectors() throws Exception {
        List<String> vectors;
        try (InputStream in = TokensTest.class.getResourceAsStream("/siphash/vectors_sip64.txt")) {
            vectors = new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        }
        assertThat(vectors).hasSize(64);
        Tokens tokens = new Tokens(KEY);
        for (int length = 0; length < vectors.size(); length++) {
            byte[] input = new byte[length];
            for (int i = 0; i < length; i++) {
                input[i] = (byte) i;
            }
            byte[] hash = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(tokens.hash(input))
                    .array();
            assertThat(HexFormat.of().formatHex(hash)).as("%d bytes", length).isEqualTo(vectors.get(length));
        }
    }

    /** The example in the paper's appendix: 15 bytes. */
    @Test
    void showsATokenAsSixteenDigits() {
        byte[] input = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e");
        assertThat(Tokens.format(new Tokens(KEY).hash(input))).isEqualTo("a129ca6149be45e5");
        assertThat(Tokens.format(1)).isEqualTo("0000000000000001");
    }

    @Test
    void dependsOnTheKey() {
        assertThat(new Tokens(KEY).token("+4915100000077"))
                .isEqualTo(new Tokens(KEY.clone()).token("+4915100000077"))
                .isNotEqualTo(new Tokens(new byte[16]).token("+4915100000077"));
    }

    /** It is on record in topics, so it must never change. */
    @Test
    void keysAreToldApartByTheirCheckValue() {
        assertThat(new Tokens(KEY).keyCheck()).isEqualTo("4e00c81e");
        assertThat(new Tokens(new byte[16]).keyCheck()).isNotEqualTo(new Tokens(KEY).keyCheck());
    }

    @Test
    void wantsSixteenBytesAndKeepsThemToItself() {
        assertThatThrownBy(() -> new Tokens(new byte[15])).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Tokens(KEY)).hasToString("Tokens[key withheld]");
    }
}
