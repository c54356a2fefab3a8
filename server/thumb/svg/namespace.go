package svg

import "bytes"

// withNamespace adds the namespace that many hand-made files lack, and that resvg needs, to
// the root element.
func withNamespace(data []byte) []byte {
	start := bytes.Index(data, []byte("<svg"))
	if start < 0 {
		return data
	}
	end := bytes.IndexByte(data[start:], '>')
	if end < 0 || bytes.Contains(data[start:start+end], []byte("xmlns=")) {
		return data
	}
	const namespace = ` xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`
	add := namespace
	if bytes.Contains(data[start:start+end], []byte("xmlns:xlink=")) {
		add = namespace[:len(` xmlns="http://www.w3.org/2000/svg"`)]
	}
	at := start + len("<svg")
	return append(append(bytes.Clone(data[:at]), add...), data[at:]...)
}
