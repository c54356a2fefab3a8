package png

import "io"

// ahead reads a stream in a goroutine of its own, so that inflating and shrinking have a
// processor each. It is used by one goroutine, which closes it.
type ahead struct {
	full, free chan []byte // buffers on their way to the reader, and back
	used, rest []byte      // the reader's buffer, and what is left of it
	err        error       // why there is no more; set before full is closed
}

const (
	aheadBuffers = 4
	aheadSize    = 128 << 10 // bytes of each
)

func readAhead(r io.Reader) *ahead {
	a := &ahead{full: make(chan []byte, aheadBuffers), free: make(chan []byte, aheadBuffers)}
	for range aheadBuffers {
		a.free <- make([]byte, aheadSize)
	}
	go a.fill(r)
	return a
}

// fill ends with the stream, or when the reader has gone.
func (a *ahead) fill(r io.Reader) {
	defer close(a.full)
	for buf := range a.free {
		n, err := io.ReadFull(r, buf)
		a.full <- buf[:n]
		if err != nil {
			a.err = err
			return
		}
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.used != nil {
			a.free <- a.used[:aheadSize]
			a.used = nil
		}
		buf, more := <-a.full
		if !more {
			return 0, a.err
		}
		a.used, a.rest = buf, buf
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// close waits until nothing reads the stream any longer.
func (a *ahead) close() {
	close(a.free)
	for range a.full {
	}
}
