package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Report FINAL.docx", "report final.docx"},
		{"Crème Brûlée", "creme brulee"},
		{"cafe\u0301", "cafe"},
		{"Łódź Ørsted Straße ﬁle", "lodz orsted strasse file"},
		{"ＦＵＬＬ ｗｉｄｔｈ", "full width"},
		{"İstanbul ISPARTA ısı", "istanbul isparta isi"},
		{"Ὀδυσσεύς", "οδυσσευσ"},
		{"Ёлка", "елка"},
		{"한글", "한글"},
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{"مُحَمَّد", "محمد"},
		{"أحمد", "احمد"},
		{"محـــمد", "محمد"},
		{"שָׁלוֹם", "שלום"},
		{"東京", "東京"},
		{"がガｶﾞ", "かカカ"},
		{"soft\u00adhyphen\u200b", "softhyphen"},
		{"“quoted” ‘it’", `"quoted" 'it'`},
		{"a\xffb", "a\ufffdb"},
		{"x²", "x2"},
	} {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSpaced(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"iPhone手机", "iphone 手 机"},
		{"สวัสดี", "ส ว ส ด"},
		{"カタカナ", "カ タ カ ナ"},
		{"한글 문서", "한글 문서"},
		{"plain words", "plain words"},
	} {
		if got := strings.Join(strings.Fields(Spaced(tt.in)), " "); got != tt.want {
			t.Errorf("Spaced(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Crème", "\xff\xfe", "한글", "İ", "ǅ ﷺ", "สวัสดี", "“”"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Errorf("Fold(%q) is no UTF-8", s)
		}
		if twice := Fold(once); twice != once {
			t.Errorf("folded once %q, twice %q", once, twice)
		}
		if strings.ReplaceAll(Spaced(s), " ", "") != strings.ReplaceAll(once, " ", "") {
			t.Errorf("Spaced(%q) holds other characters than Fold", s)
		}
	})
}

func BenchmarkSpaced(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":  strings.Repeat("The quick brown fox jumps over the lazy dog. ", 1000),
		"french": strings.Repeat("Voilà l'été à la crème brûlée, déjà vu. ", 1000),
		"han":    strings.Repeat("这是一个简体中文的文件，内容用于测试编码。", 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Spaced(s)
			}
		})
	}
}
