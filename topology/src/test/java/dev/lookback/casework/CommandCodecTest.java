package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.APPROVER_KEY;
import static dev.lookback.casework.CaseworkFixture.INTAKE_KEY;
import static dev.lookback.casework.CaseworkFixture.OFFICERS;
import static dev.lookback.casework.CaseworkFixture.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.v1.SelectorRole;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandCodecTest {
    private static final UUID REQUEST = UUID.fromString("00000000-0000-0007-0000-00000000000b");
    private static final UUID COMMAND = UUID.fromString("00000000-0000-0003-0000-000000000001");
    private static final Command.Instrument WARRANT =
            new Command.Instrument(Command.InstrumentType.SEARCH_WARRANT, "17 Gs 4/26", "Local Court", "DE");
    private static final Command.Submit SUBMIT = new Command.Submit(
            REQUEST,
            COMMAND,
            START,
            WARRANT,
            List.of(new Command.Ask(SelectorRole.EITHER, ALICE), new Command.Ask(SelectorRole.QUERIED, "odd thing")),
            START.minusSeconds(60),
            START);
    private static final String PAYLOAD = """
            {"type":"submit","requestId":"00000000-0000-0007-0000-00000000000b",\
            "commandId":"00000000-0000-0003-0000-000000000001","issuedAt":"2026-03-01T12:00:00Z",\
            "instrument":{"type":"SUBPOENA","reference":"r","authority":"a","jurisdiction":"j"},\
            "selectors":[{"role":"REQUESTER","handle":"+4915112345678"}],\
            "from":"2026-02-01T00:00:00Z","to":"2026-03-01T00:00:00Z"}""";

    @Test
    void commandsAreReadAsSigned() {
        for (Command command : List.of(
                SUBMIT,
                new Command.Approve(REQUEST, COMMAND, START, "ab".repeat(32)),
                new Command.Reject(REQUEST, COMMAND, START),
                new Command.Withdraw(REQUEST, COMMAND, START),
                new Command.Close(REQUEST, COMMAND, START))) {
            String jws = CommandCodec.sign(command, "intake", INTAKE_KEY.getPrivate());
            assertThat(read(jws)).isEqualTo(new CommandCodec.Good(OFFICERS.find("intake"), command));
        }
    }

    @Test
    void otherKeyOtherOfficerAndNoSignatureAreRefused() throws JoseException {
        assertThat(refusal(CommandCodec.sign(SUBMIT, "intake", APPROVER_KEY.getPrivate())))
                .isEqualTo(Reason.BAD_SIGNATURE);
        assertThat(refusal(CommandCodec.sign(SUBMIT, "nobody", INTAKE_KEY.getPrivate())))
                .isEqualTo(Reason.UNKNOWN_OFFICER);
        assertThat(refusal("no jws")).isEqualTo(Reason.BAD_SIGNATURE);
        assertThat(refusal("")).isEqualTo(Reason.BAD_SIGNATURE);

        JsonWebSignature none = new JsonWebSignature();
        none.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        none.setAlgorithmHeaderValue("none");
        none.setKeyIdHeaderValue("intake");
        none.setPayload(PAYLOAD);
        assertThat(refusal(none.getCompactSerialization())).isEqualTo(Reason.BAD_SIGNATURE);

        JsonWebSignature confused = new JsonWebSignature(); // the public key taken for a shared secret
        confused.setAlgorithmHeaderValue("HS256");
        confused.setKeyIdHeaderValue("intake");
        confused.setPayload(PAYLOAD);
        confused.setKey(new HmacKey(INTAKE_KEY.getPublic().getEncoded()));
        assertThat(refusal(confused.getCompactSerialization())).isEqualTo(Reason.BAD_SIGNATURE);
    }

    @Test
    void keyInTheHeaderIsNotBelieved() throws JoseException {
        JsonWebSignature jws = new JsonWebSignature();
        jws.setAlgorithmHeaderValue("EdDSA");
        jws.setKeyIdHeaderValue("intake");
        jws.setHeader("jwk", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}");
        jws.setPayload(PAYLOAD);
        jws.setKey(APPROVER_KEY.getPrivate());
        assertThat(refusal(jws.getCompactSerialization())).isEqualTo(Reason.BAD_SIGNATURE);
    }

    @Test
    void headerOfWrongTypesIsRefused() {
        for (String header : List.of(
                "{\"alg\":\"EdDSA\",\"kid\":5}",
                "{\"alg\":5,\"kid\":\"intake\"}",
                "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"crit\":7}",
                "{\"alg\":\"EdDSA\",\"kid\":\"intake\",\"crit\":[\"x\"],\"x\":1}",
                "[]")) {
            String encoded =
                    Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.UTF_8));
            assertThat(read(encoded + ".e30.AAAA")).as(header).isInstanceOf(CommandCodec.Refused.class);
        }
    }

    @Test
    void anyAlteredCharacterIsNoticed() {
        String jws = CommandCodec.sign(SUBMIT, "intake", INTAKE_KEY.getPrivate());
        Random random = new Random(20260301);
        // The last character of the signature carries four bits that mean nothing.
        for (int i = 0; i < jws.length() - 1; i++) {
            char other = "ABCDEFGHIJabcdefghij0123456789-_".charAt(random.nextInt(32));
            if (other != jws.charAt(i)) {
                String altered = jws.substring(0, i) + other + jws.substring(i + 1);
                assertThat(read(altered)).as("character %d", i).isInstanceOf(CommandCodec.Refused.class);
            }
        }
    }

    @Test
    void officerMustBeValidWhenReceived() {
        String jws = CommandCodec.sign(SUBMIT, "expired", CaseworkFixture.EXPIRED_KEY.getPrivate());
        assertThat(CommandCodec.read(jws, OFFICERS, START.minusMillis(1))).isInstanceOf(CommandCodec.Good.class);
        assertThat(refusal(jws)).isEqualTo(Reason.OFFICER_NOT_VALID);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"SUBPOENA\"                    | \"STANDING_ORDER\"                 | INSTRUMENT_NOT_SUPPORTED",
                "\"SUBPOENA\"                    | \"PRESERVATION_REQUEST\"           | INSTRUMENT_NOT_SUPPORTED",
                "\"SUBPOENA\"                    | \"LETTER\"                         | INVALID_INSTRUMENT",
                "\"reference\":\"r\",            | ``                                 | INVALID_INSTRUMENT",
                "\"reference\":\"r\"             | \"reference\":\" \"                | INVALID_INSTRUMENT",
                "\"reference\":\"r\"             | \"reference\":\"r\",\"by\":\"x\"   | INVALID_INSTRUMENT",
                "\"REQUESTER\"                   | \"ANYONE\"                         | INVALID_SELECTORS",
                "{\"role\":\"REQUESTER\",\"handle\":\"+4915112345678\"} | ``            | INVALID_SELECTORS",
                "\"+4915112345678\"              | \" \"                              | INVALID_SELECTORS",
                "\"+4915112345678\"              | 4915112345678                      | INVALID_SELECTORS",
                "\"+4915112345678\"              | \"odd thing\"                      | INVALID_HANDLE",
                "2026-02-01T00:00:00Z            | 2026-03-01T00:00:00Z               | INVALID_WINDOW",
                "2026-02-01T00:00:00Z            | 2026-02-01                         | INVALID_WINDOW",
                "2026-02-01T00:00:00Z            | -1000000000-02-01T00:00:00Z        | INVALID_WINDOW",
                "\"from\"                        | \"urgent\":true,\"from\"           | MALFORMED",
            })
    void submitOfWrongFormIsInvalid(String part, String replacement, Reason reason) throws JoseException {
        assertThat(PAYLOAD).contains(part);
        CommandCodec.Reading reading = read(sign(PAYLOAD.replace(part, replacement == null ? "" : replacement)));
        assertThat(reading).isInstanceOfSatisfying(CommandCodec.Invalid.class, invalid -> {
            assertThat(invalid.reason()).isEqualTo(reason);
            assertThat(invalid.requestId()).isEqualTo(REQUEST);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"submit\"                             | \"renew\"",
                "00000000-0000-0007-0000-00000000000b   | 00000000-0000-0007-0000-00000000000B",
                "00000000-0000-0007-0000-00000000000b   | 0-0-7-0-b",
                "\"issuedAt\":\"2026-03-01T12:00:00Z\"  | \"issuedAt\":\"yesterday\"",
                "\"type\":\"submit\"                    | \"type\":\"close\",\"type\":\"submit\"",
                "\"to\":\"2026-03-01T00:00:00Z\"}       | \"to\":\"2026-03-01T00:00:00Z\"} {}",
            })
    void commandThatCannotBeReadIsRefused(String part, String replacement) throws JoseException {
        assertThat(PAYLOAD).contains(part);
        assertThat(read(sign(PAYLOAD.replace(part, replacement))))
                .isEqualTo(new CommandCodec.Refused(Reason.MALFORMED, OFFICERS.find("intake")));
    }

    @Test
    void unknownFieldsOfOtherCommandsAreRefused() throws JoseException {
        String head = "\"requestId\":\"" + REQUEST + "\",\"commandId\":\"" + COMMAND
                + "\",\"issuedAt\":\"2026-03-01T12:00:00Z\"}";
        assertThat(read(sign("{\"type\":\"reject\"," + head))).isInstanceOf(CommandCodec.Good.class);
        assertThat(refusal(sign("{\"type\":\"reject\",\"why\":\"x\"," + head))).isEqualTo(Reason.MALFORMED);
        assertThat(refusal(sign("{\"type\":\"approve\"," + head))).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void sizesAreBounded() throws JoseException {
        List<Command.Ask> asks = new ArrayList<>();
        for (int i = 0; i <= CommandCodec.MAX_SELECTORS; i++) {
            asks.add(new Command.Ask(SelectorRole.REQUESTER, "+49151123456" + (10 + i)));
        }
        assertThatThrownBy(() -> sign(with(asks))).hasMessageContaining("INVALID_SELECTORS");
        asks.remove(0);
        assertThat(read(sign(with(asks)))).isInstanceOf(CommandCodec.Good.class);
        assertThatThrownBy(() -> sign(with(List.of(asks.get(0), asks.get(0)))))
                .hasMessageContaining("INVALID_SELECTORS");
        assertThatThrownBy(() -> sign(with(List.of(new Command.Ask(SelectorRole.QUERIED, "x".repeat(255))))))
                .hasMessageContaining("INVALID_SELECTORS");
        assertThat(refusal("x".repeat(CommandCodec.MAX_JWS + 1))).isEqualTo(Reason.TOO_LARGE);
    }

    @Test
    void nothingPrintsAHandle() {
        String jws = CommandCodec.sign(SUBMIT, "intake", INTAKE_KEY.getPrivate());
        String digits = ALICE.substring(1);
        assertThat(SUBMIT + " " + read(jws) + " " + CaseFile.Request.of(SUBMIT)).doesNotContain(digits);
        assertThatThrownBy(() -> sign(with(List.of(new Command.Ask(SelectorRole.REQUESTER, "handle-of-nobody")))))
                .hasMessageNotContaining("handle-of-nobody");
    }

    private static Command.Submit with(List<Command.Ask> asks) {
        return new Command.Submit(REQUEST, COMMAND, START, WARRANT, asks, SUBMIT.from(), SUBMIT.to());
    }

    private static String sign(Command command) {
        return CommandCodec.sign(command, "intake", INTAKE_KEY.getPrivate());
    }

    /** As an officer with a tool of another make could sign. */
    private static String sign(String payload) throws JoseException {
        JsonWebSignature jws = new JsonWebSignature();
        jws.setAlgorithmHeaderValue("EdDSA");
        jws.setKeyIdHeaderValue("intake");
        jws.setPayload(payload);
        jws.setKey(INTAKE_KEY.getPrivate());
        return jws.getCompactSerialization();
    }

    private static CommandCodec.Reading read(String jws) {
        return CommandCodec.read(jws, OFFICERS, START);
    }

    private static Reason refusal(String jws) {
        return ((CommandCodec.Refused) read(jws)).reason();
    }

    @Test
    void digestIsThatOfTheText() {
        assertThat(CommandCodec.digest("abc"))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
