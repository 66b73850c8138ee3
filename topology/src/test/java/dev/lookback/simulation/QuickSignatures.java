package dev.lookback.simulation;

import java.security.Provider;

/**
 * Bouncy Castle's Ed25519 and nothing else of it. With the JDK's, a simulation spends four tenths of its time on
 * signatures; the signatures are the same (RFC 8032).
 */
final class QuickSignatures extends Provider {
    private static final String PACKAGE = "org.bouncycastle.jcajce.provider.asymmetric.edec.";
    private static final String ED25519_OID = "1.3.101.112";

    QuickSignatures() {
        super("QuickSignatures", "1", "Ed25519 of Bouncy Castle");
        for (String name : new String[] {"Ed25519", "EdDSA"}) {
            put("Signature." + name, PACKAGE + "SignatureSpi$" + name);
            put("KeyFactory." + name, PACKAGE + "KeyFactorySpi$" + name);
            put("KeyPairGenerator." + name, PACKAGE + "KeyPairGeneratorSpi$" + name);
        }
        for (String service : new String[] {"Signature", "KeyFactory", "KeyPairGenerator"}) {
            put("Alg.Alias." + service + "." + ED25519_OID, "Ed25519");
        }
    }
}
