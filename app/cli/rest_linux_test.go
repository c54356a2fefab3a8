package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestOnlyUnchangedPagesOfTheProgramAreLeft(t *testing.T) {
	const program = "/opt/folder front/folderfront"
	entry := func(head, path string, own int) string {
		return fmt.Sprintf("%s fe:00 99                     %s\nSize:   100 kB\nRss:    90 kB\nAnonymous:   %d kB\nVmFlags: rd\n", head, path, own)
	}
	smaps := entry("00400000-00500000 r-xp 00003000", program, 0) +
		entry("00500000-00600000 r--p 00103000", program, 4) + // relocated
		entry("00600000-00700000 rw-p 00203000", program, 0) +
		entry("00700000-00800000 r--s 00303000", program, 0) +
		entry("7f0000000000-7f0000100000 r-xp 00000000", "/usr/lib/libc.so.6", 0) +
		entry("7f0000200000-7f0000300000 r--p 00000000", program, 0) + "rubbish\n"
	got := unchangedMappings(strings.NewReader(smaps), program)
	want := []mapping{{0x400000, 0x500000}, {0x7f0000200000, 0x7f0000300000}}
	if !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// TestRestingHarmsNothing uses much of the program before and after its pages
// were left.
func TestRestingHarmsNothing(t *testing.T) {
	text := func() string { return fmt.Sprintf("%v %q %x", os.Args[:1], strings.ToUpper("straße"), []byte("x")) }
	before := text()
	rest()
	if after := text(); after != before {
		t.Errorf("%s became %s", before, after)
	}
}
