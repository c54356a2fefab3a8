package text

import "unicode/utf8"

// A sink collects text up to its limit in bytes. Runs of white space become
// one space or, where a line ends among them, one newline.
type sink struct {
	buf   []byte
	limit int
	gap   byte // white space owed before the next word: 0, ' ' or '\n'
}

func newSink(limit int) *sink { return &sink{limit: limit} }

func (s *sink) Len() int       { return len(s.buf) }
func (s *sink) String() string { return string(s.buf) }
func (s *sink) full() bool     { return len(s.buf) >= s.limit }

// space and line part words; lines are kept for nobody but a reader's eye.
func (s *sink) space() { s.gap = maxGap(s.gap) }
func (s *sink) line()  { s.gap = '\n' }

// write adds text, which may hold any white space and control characters and
// may break off anywhere but within a character.
func (s *sink) write(text []byte) {
	for len(text) > 0 && !s.full() {
		n := printable(text)
		if n > 0 {
			s.word(text[:n])
			text = text[n:]
			continue
		}
		s.blank(text[0])
		text = text[1:]
	}
}

func (s *sink) writeString(text string) { s.write([]byte(text)) }

func (s *sink) writeRune(r rune) {
	if !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	var b [utf8.UTFMax]byte
	s.write(b[:utf8.EncodeRune(b[:], r)])
}

// word adds text without white space, cut where the sink is full.
func (s *sink) word(text []byte) {
	if s.gap != 0 && len(s.buf) > 0 {
		s.buf = append(s.buf, s.gap)
	}
	s.gap = 0
	if room := s.limit - len(s.buf); len(text) > room {
		text = text[:cut(text, max(room, 0))]
		s.limit = len(s.buf) + len(text) // nothing fits after the cut
	}
	s.buf = append(s.buf, text...)
}

func (s *sink) blank(c byte) {
	if c == '\n' || c == '\r' {
		s.line()
	} else {
		s.space()
	}
}

// maxGap is a space unless a line is owed already.
func maxGap(gap byte) byte {
	if gap == '\n' {
		return gap
	}
	return ' '
}

// printable counts the leading bytes above the control characters and space.
func printable(text []byte) int {
	for i, c := range text {
		if c <= ' ' || c == 0x7f {
			return i
		}
	}
	return len(text)
}

// cut is the largest n ≤ at that doesn't split a character.
func cut(text []byte, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}
