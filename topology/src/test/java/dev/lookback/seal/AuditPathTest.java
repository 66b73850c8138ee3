package dev.lookback.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditPathTest {
    /** The records with which implementations of RFC 6962 are tested. */
    private static final List<String> RECORDS =
            List.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f");

    private static byte[] record(int number) {
        return HexFormat.of().parseHex(RECORDS.get(number));
    }

    private static AuditPath path(int index, int size) {
        AuditPath.Maker maker = new AuditPath.Maker(index, size);
        for (int i = 0; i < size; i++) {
            maker.add(record(i));
        }
        return maker.path();
    }

    private static List<String> hex(AuditPath path) {
        return path.hashes().stream().map(HexFormat.of()::formatHex).toList();
    }

    /** The paths in the test vectors of Certificate Transparency. */
    @Test
    void pathsAreThoseOfTheRfc() {
        assertThat(hex(path(0, 1))).isEmpty();
        assertThat(hex(path(0, 8)))
                .containsExactly(
                        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
        assertThat(hex(path(5, 8)))
                .containsExactly(
                        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
        assertThat(hex(path(2, 3))).containsExactly("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assertThat(hex(path(1, 5)))
                .containsExactly(
                        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
    }

    @Test
    void everyRecordLeadsToTheRootAndNoOtherDoes() {
        for (int size = 1; size <= 40; size++) {
            MerkleTree tree = new MerkleTree();
            for (int i = 0; i < size; i++) {
                tree.add(new byte[] {(byte) i});
            }
            for (int index = 0; index < size; index++) {
                AuditPath.Maker maker = new AuditPath.Maker(index, size);
                for (int i = 0; i < size; i++) {
                    maker.add(new byte[] {(byte) i});
                }
                AuditPath path = maker.path();
                assertThat(path.root(new byte[] {(byte) index})).isEqualTo(tree.root());
                assertThat(path.root(new byte[] {(byte) (index + 1)})).isNotEqualTo(tree.root());
                for (int other = 0; other < size; other++) {
                    assertThat(other == index || !leads(new AuditPath(other, size, path.hashes()), index, tree))
                            .as("record %d of %d said to be %d", index, size, other)
                            .isTrue();
                }
            }
        }
    }

    private static boolean leads(AuditPath path, int record, MerkleTree tree) {
        try {
            return java.util.Arrays.equals(path.root(new byte[] {(byte) record}), tree.root());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void pathsOfAnotherLengthAreRefused() {
        AuditPath path = path(3, 8);
        List<byte[]> longer = new ArrayList<>(path.hashes());
        longer.add(new byte[Sha256.LENGTH]);
        assertThatThrownBy(() -> new AuditPath(3, 8, longer).root(record(3))).hasMessageContaining("longer");
        assertThatThrownBy(() -> new AuditPath(3, 8, path.hashes().subList(0, 2)).root(record(3)))
                .hasMessageContaining("before the root");
        assertThatThrownBy(() -> new AuditPath(8, 8, path.hashes()).root(record(3)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AuditPath.Maker(8, 8)).isInstanceOf(IllegalArgumentException.class);
    }
}
