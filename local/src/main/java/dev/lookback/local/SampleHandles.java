package dev.lookback.local;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Handles that can belong to nobody: phone numbers which regulators have set aside for films and books, in E.164, and
 * addresses at example.org.
 */
final class SampleHandles {
    /** Every how many handles one is an e-mail address. */
    private static final int EMAIL_EVERY = 10;

    /** North America: 555-0100 to 555-0199 in each of some area codes. */
    private static final int[] AREA_CODES = {
        201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231,
                234,
        239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308,
                309,
        310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 331, 334, 336, 337, 339, 347, 351, 352,
                360
    };

    /**
     * Beginnings of national ranges, each followed by as many digits as there are #. United Kingdom: Ofcom's numbers for
     * drama. Australia: ACMA's fictitious numbers. France: ARCEP's numbers for audiovisual works. Germany: the
     * Bundesnetzagentur's drama numbers.
     */
    private static final String[] RANGES = {
        "+447700900###",
        "+442079460###",
        "+441134960###",
        "+441144960###",
        "+441154960###",
        "+441164960###",
        "+441174960###",
        "+441184960###",
        "+441214960###",
        "+441314960###",
        "+441414960###",
        "+441514960###",
        "+441614960###",
        "+441914980###",
        "+441632960###",
        "+442890180###",
        "+442920180###",
        "+6125550####",
        "+6127010####",
        "+6135550####",
        "+6137010####",
        "+6175550####",
        "+6177010####",
        "+6185550####",
        "+6187010####",
        "+3319900####",
        "+3326191####",
        "+3335301####",
        "+3346571####",
        "+3353649####",
        "+3363998####",
        "+493023125###",
        "+494066969###",
        "+496990009###",
        "+492214710###",
        "+498999998###",
        "+49176040690##"
    };

    private SampleHandles() {}

    /** That many different handles; the same seed, the same handles. Beyond what phone numbers there are: addresses. */
    static String[] draw(long seed, int count) {
        List<String> phones = phones();
        Collections.shuffle(phones, new Random(seed));
        String[] handles = new String[count];
        int phone = 0;
        for (int i = 0; i < count; i++) {
            boolean email = i % EMAIL_EVERY == EMAIL_EVERY - 1 || phone == phones.size();
            handles[i] = email ? "mailbox" + i + "@example.org" : phones.get(phone++);
        }
        return handles;
    }

    private static List<String> phones() {
        List<String> phones = new ArrayList<>();
        for (int areaCode : AREA_CODES) {
            expand("+1" + areaCode + "55501##", phones);
        }
        for (String range : RANGES) {
            expand(range, phones);
        }
        return phones;
    }

    private static void expand(String range, List<String> phones) {
        int open = range.indexOf('#');
        int digits = range.length() - open;
        int count = (int) Math.pow(10, digits);
        for (int i = 0; i < count; i++) {
            phones.add(range.substring(0, open) + String.valueOf(count + i).substring(1));
        }
    }
}
