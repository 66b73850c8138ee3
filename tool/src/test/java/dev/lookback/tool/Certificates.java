package dev.lookback.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A certification authority for tests, and what it has signed: PKCS#12 files of one password, made by {@code keytool}, closed. */
public final class Certificates {
    private static final int DAYS = 2;
    private static final int CA_DAYS = 60;

    private final Path directory;
    private final String password;

    /** All files are written there; {@code truststore.p12} at once. */
    public Certificates(Path directory, String password) throws IOException, InterruptedException {
        this.directory = Files.createDirectories(directory);
        this.password = password;
        generate("ca", "CN=Test CA", CA_DAYS, "-ext", "bc:c");
        keytool("-exportcert", "-alias", "ca", "-rfc", "-file", file("ca.pem"), "-keystore", file("all.p12"));
        keytool(
                "-importcert",
                "-noprompt",
                "-alias",
                "ca",
                "-file",
                file("ca.pem"),
                "-keystore",
                file("truststore.p12"));
        close("truststore.p12");
    }

    /** A key and its certificate, good for a server on loopback as well, in {@code <name>.p12}. */
    public void issue(String name, String distinguishedName) throws IOException, InterruptedException {
        issue(name, distinguishedName, DAYS);
    }

    /** The same, valid for so many days. */
    public void issue(String name, String distinguishedName, int days) throws IOException, InterruptedException {
        generate(name, distinguishedName, days, "-signer", "ca", "-ext", "san=ip:127.0.0.1,dns:localhost");
        List<String> from = List.of("-srckeystore", file("all.p12"), "-srcstorepass", password, "-srcalias", name);
        List<String> args =
                new ArrayList<>(List.of("-importkeystore", "-noprompt", "-destkeystore", file(name + ".p12")));
        args.addAll(from);
        args.addAll(List.of("-deststorepass", password));
        run(args);
        close(name + ".p12");
    }

    private void close(String name) throws IOException {
        Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    private void generate(String alias, String distinguishedName, int days, String... more)
            throws IOException, InterruptedException {
        List<String> args = new ArrayList<>(List.of("-genkeypair", "-alias", alias, "-dname", distinguishedName));
        args.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "" + days));
        args.addAll(List.of(more));
        args.addAll(List.of("-keystore", file("all.p12")));
        keytool(args.toArray(String[]::new));
    }

    private void keytool(String... args) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("-storepass", password));
        run(all);
    }

    private static void run(List<String> args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(args);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }
}
