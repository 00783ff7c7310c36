package millrace.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void readsEveryKindOfValue() {
        assertThat(JsonReader.read("f", " { \"a\" : [ 1 , -2.5e+3, true,false , null,\"\" ] ,\"b\":{}, \"c\":[]}\n"))
                .hasToString("Fields[byName={a=Listing[items=[Numeral[digits=1], Numeral[digits=-2.5e+3],"
                        + " Word[value=true], Word[value=false], Word[value=null], Text[value=]]],"
                        + " b=Fields[byName={}], c=Listing[items=[]]}]");
    }

    @Test
    void unescapesStrings() {
        assertThat(JsonReader.read("f", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u6F22\\ud83d\\ude86 \ud83d\ude86\""))
                .isEqualTo(new Json.Text("\"\\/\b\f\n\r\té漢\ud83d\ude86 \ud83d\ude86"));
    }

    @Test
    void readsWhatWasQuoted() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x3000; c++) {
            all.append(c);
        }
        assertThat(JsonReader.read("f", Json.quote(all.toString()))).isEqualTo(new Json.Text(all.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "10", "0.5", "1e5", "1E-05", "123456789012345678901234567890"})
    void acceptsNumbers(String number) {
        assertThat(JsonReader.read("f", number)).isEqualTo(new Json.Numeral(number));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "+1",
                "01",
                "1.",
                ".5",
                "1e",
                "1e+",
                "-",
                "0x1",
                "NaN",
                "Infinity",
                "tru",
                "nul",
                "True",
                "'a'",
                "\"",
                "\"a",
                "\"\n\"",
                "\"\\x\"",
                "\"\\",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\uff11234",
                "\"\\ud83d\"",
                "\"\\ud83d\\n\"",
                "\"\\ud83d\\u0041\"",
                "\"\\ude86\\ud83d\"",
                "[",
                "[1",
                "[1,]",
                "[,1]",
                "[1 2]",
                "]",
                "{",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{1:1}",
                "{\"a\":1 \"b\":2}",
                "{}{}",
                "1 2",
                "// c\n1",
                "/**/1",
                "\u00a01",
                "\ufeff1",
                "{\"a\":1,\"\\u0061\":2}"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> JsonReader.read("file", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("file: ")
                .hasMessageContaining("(expected: ");
    }

    @Test
    void boundsNesting() {
        assertThat(JsonReader.read("f", "[".repeat(17) + "]".repeat(17))).isNotNull();
        assertThatThrownBy(() -> JsonReader.read("f", "[".repeat(18) + "]".repeat(18)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 16 levels of nesting");
    }
}
