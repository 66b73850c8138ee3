package dev.lookback.handover;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSBase;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.cos.COSObject;
import org.apache.pdfbox.cos.COSObjectKey;
import org.apache.pdfbox.cos.COSStream;
import org.apache.pdfbox.pdfwriter.compress.CompressParameters;
import org.apache.pdfbox.pdmodel.PDDocument;

/**
 * A PDF without any compression. Deflaters differ between Java versions and machines, so compressed bytes could not be
 * made again elsewhere and compared.
 */
final class PlainPdf {
    private PlainPdf() {}

    /** The bytes of a document; the same document gives the same. */
    static byte[] of(PDDocument document) throws IOException {
        // Fonts are cut down, and compressed, only when a document is saved.
        byte[] compressed = save(document);
        try (PDDocument saved = Loader.loadPDF(compressed)) {
            for (COSObjectKey key :
                    new ArrayList<>(saved.getDocument().getXrefTable().keySet())) {
                COSObject object = saved.getDocument().getObjectFromPool(key);
                COSBase base = object.getObject();
                if (base instanceof COSStream stream && stream.containsKey(COSName.FILTER)) {
                    expand(stream);
                }
            }
            return save(saved);
        }
    }

    private static void expand(COSStream stream) throws IOException {
        byte[] plain;
        try (InputStream in = stream.createInputStream()) {
            plain = in.readAllBytes();
        }
        stream.removeItem(COSName.FILTER);
        try (OutputStream out = stream.createOutputStream()) {
            out.write(plain);
        }
    }

    private static byte[] save(PDDocument document) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        document.save(out, CompressParameters.NO_COMPRESSION);
        return out.toByteArray();
    }
}
