package upload

import (
	"context"
	"fmt"
	"io"
	"testing"
)

// One GiB from memory to the disk, synced, as throughput.
func BenchmarkUpload1GiB(b *testing.B) {
	const size = 1 << 30
	r := newRoom(b)
	b.SetBytes(size)
	for i := 0; b.Loop(); i++ {
		entry, err := r.Init(context.Background(), r.share, fmt.Sprint(i), "", "")
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Receive(context.Background(), entry.ID, io.LimitReader(zeros{}, size), size); err != nil {
			b.Fatal(err)
		}
	}
}

// Both parts of an upload of 4 KiB, as uploads a second.
func BenchmarkUploadSmall(b *testing.B) {
	const size = 4 << 10
	r := newRoom(b)
	for i := 0; b.Loop(); i++ {
		entry, err := r.Init(context.Background(), r.share, fmt.Sprint(i), "document", fmt.Sprint(i))
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Receive(context.Background(), entry.ID, io.LimitReader(zeros{}, size), size); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "uploads/s")
}
