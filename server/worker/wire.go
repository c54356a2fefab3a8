package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// A message is a frame header of eight bytes (the length of its JSON part and of its data,
// big endian) followed by the two parts. A file, if there is one, travels beside the frame
// header; how is a matter of the system (see channel_unix.go and channel_windows.go).

const (
	frameHeader = 8
	maxJSON     = 16 << 20
	maxData     = 256 << 20
	bufferSize  = 64 << 10 // of a stream that is read or written
)

// request asks a child for one job.
type request struct {
	Kind     string          `json:"kind"`
	Args     json.RawMessage `json:"args,omitempty"`
	HasFile  bool            `json:"hasFile,omitempty"`
	Handle   uintptr         `json:"handle,omitempty"` // Windows: the file's handle in the child
	CacheDir string          `json:"cacheDir,omitempty"`

	file *os.File // the document itself, which travels beside
}

// response is a child's answer to one request, or, with a Clock, word that comes before it.
type response struct {
	Clock clock           `json:"clock,omitempty"`
	Error string          `json:"error,omitempty"`
	Reply json.RawMessage `json:"reply,omitempty"`
}

// clock says which limit the job has from now on.
type clock string

const (
	unhurried clock = "unhurried"
	hurried   clock = "hurried"
)

var errFrame = errors.New("malformed frame between the core and its worker")

// frame encodes a header and the JSON of v; data is sent after it.
func frame(v any, data []byte) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(body) > maxJSON || len(data) > maxData {
		return nil, errFrame
	}
	buf := make([]byte, frameHeader, frameHeader+len(body))
	binary.BigEndian.PutUint32(buf, uint32(len(body)))
	binary.BigEndian.PutUint32(buf[4:], uint32(len(data)))
	return append(buf, body...), nil
}

// readBody reads what follows a frame header into v and returns the data.
func readBody(r io.Reader, header [frameHeader]byte, v any) ([]byte, error) {
	size, extra := binary.BigEndian.Uint32(header[:]), binary.BigEndian.Uint32(header[4:])
	if size > maxJSON || extra > maxData {
		return nil, errFrame
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return nil, errFrame
	}
	data := make([]byte, extra)
	_, err := io.ReadFull(r, data)
	return data, err
}
