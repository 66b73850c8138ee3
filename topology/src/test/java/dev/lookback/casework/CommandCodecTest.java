package dev.lookback.casework;

import static dev.lookback.casework.CaseworkFixture.ALICE;
import static dev.lookback.casework.CaseworkFixture.APPROVER_KEY;
import static dev.lookback.casework.CaseworkFixture.INTAKE_KEY;
import static dev.lookback.casework.CaseworkFixture.OFFICERS;
import static dev.lookback.casework.CaseworkFixture.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lookback.disclosure.InstrumentType;
import dev.lookback.v1.SelectorRole;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
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
    private static final Command.Instrument WARRANT = CaseworkFixture.paper(InstrumentType.SEARCH_WARRANT);
    private static final Command.Submit SUBMIT = new Command.Submit(
            REQUEST,
            COMMAND,
            START,
            false,
            WARRANT,
            List.of(
                    new Command.Ask(SelectorRole.EITHER, ALICE, null),
                    new Command.Ask(SelectorRole.QUERIED, "odd thing", null),
                    new Command.Ask(SelectorRole.REQUESTER, "0151 12345678", "DE"),
                    new Command.Ask(SelectorRole.SOURCE, "2001:db8::/48", null)),
            START.minusSeconds(60),
            START,
            new Command.Particulars(
                    Command.Priority.URGENT,
                    START.plusSeconds(3600),
                    START.plusSeconds(7200),
                    List.of(new Command.Narrowing("contents", Command.NarrowedBecause.NOT_HELD)),
                    null));
    private static final String PAYLOAD = """
            {"type":"submit","requestId":"00000000-0000-0007-0000-00000000000b",\
            "commandId":"00000000-0000-0003-0000-000000000001","issuedAt":"2026-03-01T12:00:00Z",\
            "instrument":{"type":"SUBPOENA","reference":"r","authority":"a","jurisdiction":"j",\
            "documentSha256":"abababababababababababababababababababababababababababababababab"},\
            "selectors":[{"role":"REQUESTER","handle":"+4915112345678"}],\
            "from":"2026-02-01T00:00:00Z","to":"2026-03-01T00:00:00Z"}""";

    @Test
    void commandsAreReadAsSigned() {
        for (Command command : List.of(
                SUBMIT,
                new Command.Approve(REQUEST, COMMAND, START, "ab".repeat(32)),
                new Command.Reject(REQUEST, COMMAND, START),
                new Command.Withdraw(REQUEST, COMMAND, START),
                new Command.Renew(REQUEST, COMMAND, START),
                new Command.Paper(REQUEST, COMMAND, START, WARRANT),
                new Command.Fetch(REQUEST, COMMAND, START, "ab".repeat(32)),
                estimate(),
                new Command.Close(REQUEST, COMMAND, START))) {
            String jws = CommandCodec.sign(command, "intake", INTAKE_KEY.getPrivate());
            assertThat(read(jws))
                    .isEqualTo(new CommandCodec.Good(OFFICERS.find("intake").get(0), command));
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
                "\"SUBPOENA\" | \"LETTER\" | instrument.type NOT_READABLE",
                "\"reference\":\"r\", | `` | instrument.reference MISSING",
                "\"reference\":\"r\" | \"reference\":\" \" | instrument.reference MISSING",
                "\"reference\":\"r\" | \"reference\":\"r\",\"by\":\"x\" | instrument.by UNKNOWN_FIELD",
                "\"reference\":\"r\" | \"reference\":\"r\",\"issuedOn\":\"yesterday\" | instrument.issuedOn NOT_READABLE",
                "\"reference\":\"r\" | \"reference\":\"r\",\"issuedOn\":\"2026-02-02\",\"servedOn\":\"2026-02-01\" | instrument.servedOn BEFORE_ISSUE",
                "\"documentSha256\" | \"document\" | instrument.documentSha256 MISSING, instrument.document UNKNOWN_FIELD",
                "\"abab | \"ABAB | instrument.documentSha256 NOT_READABLE",
                "\"REQUESTER\" | \"ANYONE\" | selectors[0].role NOT_READABLE",
                "{\"role\":\"REQUESTER\",\"handle\":\"+4915112345678\"} | `` | selectors MISSING",
                "\"+4915112345678\" | \" \" | selectors[0].handle MISSING",
                "\"+4915112345678\" | 4915112345678 | selectors[0].handle NOT_READABLE",
                "\"+4915112345678\" | \"odd thing\" | selectors[0].handle NOT_A_HANDLE",
                "\"REQUESTER\",\"handle\":\"+4915112345678\" | \"SOURCE\",\"handle\":\"192.0.2.0/33\" | selectors[0].handle NOT_A_NETWORK",
                "\"+4915112345678\" | \"0151 12345678\",\"region\":\"Germany\" | selectors[0].region NOT_A_REGION",
                "{\"role\":\"REQUESTER\",\"handle\":\"+4915112345678\"} | {\"role\":\"REQUESTER\",\"handle\":\"+4915112345678\"},{\"role\":\"REQUESTER\",\"handle\":\"+49 151 12345678\"} | selectors[1] REPEATED",
                "2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z | window EMPTY",
                "2026-02-01T00:00:00Z | 2026-02-01 | from NOT_READABLE",
                "2026-02-01T00:00:00Z | -1000000000-02-01T00:00:00Z | from NOT_READABLE",
                "\"from\" | \"urgent\":true,\"from\" | urgent UNKNOWN_FIELD",
                "\"from\" | \"priority\":\"NOW\",\"from\" | priority NOT_READABLE",
                "\"from\" | \"continues\":\"00000000-0000-0007-0000-00000000000c\",\"from\" | continues NOT_STANDING",
                "\"from\" | \"narrowings\":[{\"what\":\"x\",\"reason\":\"WHY\"}],\"from\" | narrowings[0].reason NOT_READABLE",
            })
    void submitOfWrongFormIsInvalid(String part, String replacement, String problems) throws JoseException {
        assertThat(PAYLOAD).contains(part);
        CommandCodec.Reading reading = read(sign(PAYLOAD.replace(part, replacement == null ? "" : replacement)));
        assertThat(reading).isInstanceOfSatisfying(CommandCodec.Invalid.class, invalid -> {
            assertThat(invalid.problems().stream().map(Problem::toString).collect(Collectors.joining(", ")))
                    .isEqualTo(problems);
            assertThat(invalid.requestId()).isEqualTo(REQUEST);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"submit\"                             | \"renew\"",
                "\"submit\"                             | \"dream\"",
                "00000000-0000-0007-0000-00000000000b   | 00000000-0000-0007-0000-00000000000B",
                "00000000-0000-0007-0000-00000000000b   | 0-0-7-0-b",
                "\"issuedAt\":\"2026-03-01T12:00:00Z\"  | \"issuedAt\":\"yesterday\"",
                "\"type\":\"submit\"                    | \"type\":\"close\",\"type\":\"submit\"",
                "\"to\":\"2026-03-01T00:00:00Z\"}       | \"to\":\"2026-03-01T00:00:00Z\"} {}",
            })
    void commandThatCannotBeReadIsRefused(String part, String replacement) throws JoseException {
        assertThat(PAYLOAD).contains(part);
        assertThat(read(sign(PAYLOAD.replace(part, replacement))))
                .isEqualTo(new CommandCodec.Refused(
                        Reason.MALFORMED, OFFICERS.find("intake").get(0)));
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
            asks.add(new Command.Ask(SelectorRole.REQUESTER, "+49151123456" + (10 + i), null));
        }
        assertThatThrownBy(() -> sign(with(asks))).hasMessageContaining("selectors TOO_LONG");
        asks.remove(0);
        assertThat(read(sign(with(asks)))).isInstanceOf(CommandCodec.Good.class);
        assertThatThrownBy(() -> sign(with(List.of(asks.get(0), asks.get(0)))))
                .hasMessageContaining("selectors[1] REPEATED");
        assertThatThrownBy(() -> sign(with(List.of(new Command.Ask(SelectorRole.QUERIED, "x".repeat(255), null)))))
                .hasMessageContaining("selectors[0].handle TOO_LONG");
        assertThat(refusal("x".repeat(CommandCodec.MAX_JWS + 1))).isEqualTo(Reason.TOO_LARGE);
    }

    @Test
    void nothingPrintsAHandle() {
        String jws = CommandCodec.sign(SUBMIT, "intake", INTAKE_KEY.getPrivate());
        String digits = ALICE.substring(1);
        assertThat(SUBMIT + " " + read(jws)).doesNotContain(digits);
        assertThatThrownBy(() -> sign(with(List.of(new Command.Ask(SelectorRole.REQUESTER, "handle-of-nobody", null)))))
                .hasMessageNotContaining("handle-of-nobody");
    }

    private static Command.Submit with(List<Command.Ask> asks) {
        return new Command.Submit(
                REQUEST, COMMAND, START, false, WARRANT, asks, SUBMIT.from(), SUBMIT.to(), Command.Particulars.NONE);
    }

    private static Command.Submit estimate() {
        return new Command.Submit(
                REQUEST,
                COMMAND,
                START,
                true,
                new Command.Instrument(InstrumentType.COURT_ORDER, "draft", "Local Court", "DE", null, null, null),
                SUBMIT.selectors(),
                SUBMIT.from(),
                SUBMIT.to(),
                Command.Particulars.NONE);
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
