package dev.lookback.disclosure;

import dev.lookback.config.NarrowYaml;
import dev.lookback.seal.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Disclosure policies from YAML; {@code docs/DISCLOSURE-POLICY.md} has the fields, {@code deploy/disclosure-policy.yaml}
 * is an example. What lawyers have reviewed must be what the machine reads, so it is read more narrowly than YAML is
 * meant to be: no field is optional that is not a permission, an unknown one is an error, and none of YAML's own ideas
 * of what a text means count ({@code 010} is not eight, {@code on} is not true, {@code &} and {@code *} copy nothing).
 */
public final class DisclosurePolicies {
    /** Bytes of a policy, at most. */
    public static final int MOST_BYTES = 64 * 1024;

    /** What is packed in: {@code deploy/disclosure-policy.yaml}. */
    private static final String PACKED = "disclosure-policy.yaml";

    /** Levels of a policy: the file, its instruments, one of them, a part of its terms; and two to name a mistake in. */
    private static final int MOST_LEVELS = 6;

    private DisclosurePolicies() {}

    /** The policy that is in force where no other is configured. */
    public static DisclosurePolicy builtIn() {
        try (InputStream in = DisclosurePolicies.class.getResourceAsStream(PACKED)) {
            return parse(Objects.requireNonNull(in, PACKED).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InvalidPolicyException e) {
            throw new IllegalStateException("What is packed in is no policy", e);
        }
    }

    /**
     * Reads a policy.
     *
     * @param file all bytes of a file, UTF-8
     * @throws InvalidPolicyException naming everything that is wrong with it
     */
    public static DisclosurePolicy parse(byte[] file) throws InvalidPolicyException {
        return PolicyReader.read(yaml(text(file)), Sha256.hex(file));
    }

    private static String text(byte[] file) throws InvalidPolicyException {
        if (file.length > MOST_BYTES) {
            throw new InvalidPolicyException(List.of("the file: too large; allowed: " + MOST_BYTES + " bytes"));
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidPolicyException(List.of("the file: wrong; allowed: UTF-8"));
        }
    }

    private static Object yaml(String text) throws InvalidPolicyException {
        try {
            return NarrowYaml.load(text, MOST_BYTES, MOST_LEVELS);
        } catch (NarrowYaml.NotYamlException e) {
            String where = e.line() == 0 ? "" : ", line " + e.line();
            throw new InvalidPolicyException(List.of("the file" + where + ": not YAML; " + e.getMessage()));
        }
    }
}
