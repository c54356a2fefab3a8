package text

import (
	"strings"
	"testing"
)

// TestHTML has what browsers make of pages that aren't written as one would wish.
func TestHTML(t *testing.T) {
	for _, tt := range []struct{ page, want string }{
		{`a < b <3 c <`, "a < b <3 c <"},
		{`<a title="x>y" b='<p>'>link</a>ed`, "linked"},
		{`<a title=it's>its</a> own`, "its own"},
		{`<a title = "a" = 'b>' c>d</a>`, "d"},
		{"<p\nclass=x>a<P/>b<br/>c", "a\nb\nc"},
		{`<madeupelementwithaverylongname a=">">a</p>b`, "a\nb"},
		{`a<!-->b<!--->c<!-- x --!>d<!-- - -- -> <p> -->e<!---->f`, "abcdef"},
		{`a<!doctype html [>b]>c<?php echo ?>d</ x>e</>f<!>g<![CDATA[h>i`, "ab]>cdefgi"},
		{`<script>if (a<b) "</p>" <!-- </script >c<style>d</style>e`, "c\ne"},
		{`<SCRIPT>x</ScRiPt>y</script>z<script/>kept<script>no end`, "y\nz\nkept"},
		{`<title>a <b> &amp; c</titles> d</title>e<textarea><p></textarea>`, "a <b> & c</titles> d\ne\n<p>"},
		{`<template>x<p>y<a>z</template>kept`, "kept"},
		{`caf&eacute; &#233;&#x41; &copy 2020 &nope; &`, "café éA © 2020 &nope; &"},
		{"\xef\xbb\xbf<p>é\xff</p>", "\ufeff\né\ufffd"},
		{`<meta charset="windows-1252"><p>` + "caf\xe9</p>", "café"},
		{"<meta charset=iso-2022-jp><p>\x1b$BF|K\\\x1b(B", "日本"},
		{`<p a="unclosed>b`, ""},
		{`<!-- unclosed`, ""},
	} {
		if got, err := extracted(t, "page.html", []byte(tt.page)); got != tt.want && (tt.want != "" || err == nil) {
			t.Errorf("page %q: got %q, want %q, error %v", tt.page, got, tt.want, err)
		}
	}
}

// TestHTMLInPieces has characters, references and tags break off at the end of
// the buffer.
func TestHTMLInPieces(t *testing.T) {
	for _, broken := range []string{"é", "日本", "&eacute;", "<p>", "<!-- x -->", `<a b="c>d">e`, "</p>", "<script><</script>"} {
		whole, err := extracted(t, "page.html", []byte("<p>before "+broken+" after"))
		if err != nil {
			t.Fatal(err)
		}
		for short := range len(broken) + 2 {
			room := bufferSize - len("<p>before ") - short
			filler := strings.Repeat("<i></i>", room/7) + strings.Repeat(" ", room%7)
			if got, err := extracted(t, "page.html", []byte(filler+"<p>before "+broken+" after")); err != nil || got != whole {
				t.Errorf("%q, %d bytes before the end: got %q, want %q, error %v", broken, short, got, whole, err)
			}
		}
	}
}
