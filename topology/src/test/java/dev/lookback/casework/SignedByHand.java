package dev.lookback.casework;

import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/** Commands that {@link CommandCodec} would not sign, as a tool of another make could. */
final class SignedByHand {
    private SignedByHand() {}

    /** A submit command of the intake officer for this instrument. */
    static String submit(CaseworkFixture casework, String instrument) {
        return payload("{\"type\":\"submit\",\"requestId\":\"" + casework.requestId + "\",\"commandId\":\""
                + casework.nextCommandId() + "\",\"issuedAt\":\"" + casework.now + "\",\"instrument\":{\"type\":\""
                + instrument + "\",\"reference\":\"r\",\"authority\":\"a\",\"jurisdiction\":\"j\",\"documentSha256\":\""
                + "ab".repeat(32) + "\"},"
                + "\"selectors\":[{\"role\":\"REQUESTER\",\"handle\":\"" + CaseworkFixture.ALICE + "\"}],"
                + "\"from\":\"2026-02-01T00:00:00Z\",\"to\":\"2026-03-01T00:00:00Z\"}");
    }

    /** Any payload, signed by the intake officer. */
    static String payload(String json) {
        JsonWebSignature jws = new JsonWebSignature();
        jws.setAlgorithmHeaderValue("EdDSA");
        jws.setKeyIdHeaderValue("intake");
        jws.setPayload(json);
        jws.setKey(CaseworkFixture.INTAKE_KEY.getPrivate());
        try {
            return jws.getCompactSerialization();
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }
}
