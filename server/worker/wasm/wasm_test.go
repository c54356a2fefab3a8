package wasm

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

func compressed(t *testing.T, code string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write([]byte(code)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// answer is a module that exports f, which gives 42, and a memory of one page (WebAssembly
// core specification, 5.5).
const answer = "\x00asm\x01\x00\x00\x00" + "\x01\x05\x01\x60\x00\x01\x7f" + "\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" +
	"\x07\x05\x01\x01f\x00\x00" + "\x0a\x06\x01\x04\x00\x41\x2a\x0b"

func TestStartAndCall(t *testing.T) {
	p := Program{Code: compressed(t, answer)}
	dir := t.TempDir()
	for range 2 {
		m, err := p.Start(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := Call(t.Context(), m, "f"); err != nil || v != 42 {
			t.Errorf("f gives %d, %v", v, err)
		}
		if _, err := Call(t.Context(), m, "g"); err == nil {
			t.Error("a function that isn't there was called")
		}
		m.Close(t.Context())
	}
}

func TestBadPrograms(t *testing.T) {
	const greedy = "\x00asm\x01\x00\x00\x00\x05\x04\x01\x00\xc0\x3e" // asks for 8,000 pages: 500 MiB
	for name, code := range map[string][]byte{
		"not compressed": []byte(answer), "no module": compressed(t, "hello"), "too much memory": compressed(t, greedy), "empty": nil,
	} {
		p := Program{Code: code}
		if _, err := p.Start(t.Context(), ""); err == nil {
			t.Errorf("%s: it was started", name)
		}
	}
}

// damage overwrites every file of machine code below dir with what damaged says.
func damage(t *testing.T, dir string, damaged func([]byte) []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files are kept, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, damaged(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamagedMachineCodeIsMadeAnew(t *testing.T) {
	for name, damaged := range map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"cut off": func(b []byte) []byte { return b[:len(b)/2] },
		"changed": func(b []byte) []byte { b[len(b)-20] ^= 0x55; return b },
		"garbage": func(b []byte) []byte { return bytes.Repeat([]byte{0x5a}, len(b)) },
	} {
		dir := t.TempDir()
		code := compressed(t, answer)
		for range 3 { // makes it; meets the damage; is well again
			p := Program{Code: code}
			m, err := p.Start(t.Context(), dir)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if v, err := Call(t.Context(), m, "f"); err != nil || v != 42 {
				t.Errorf("%s: f gives %d, %v", name, v, err)
			}
			if kept, _ := filepath.Glob(filepath.Join(dir, "wazero-*", "*")); len(kept) > 0 {
				damage(t, dir, damaged)
			}
		}
	}
}

func TestACacheThatCantBeWrittenIsDoneWithout(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := Program{Code: compressed(t, answer)}
	if _, err := p.Start(t.Context(), filepath.Join(file, "cache")); err != nil {
		t.Error(err)
	}
}

func TestAFailureIsNotForEver(t *testing.T) {
	p := Program{Code: compressed(t, "hello")}
	if _, err := p.Start(t.Context(), ""); err == nil {
		t.Fatal("nonsense was started")
	}
	p.Code = compressed(t, answer)
	if _, err := p.Start(t.Context(), ""); err != nil {
		t.Errorf("after a failure: %v", err)
	}
}
