package app

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"folderfront/app/state"
)

func TestEveryReaderSeesEveryStateInOrder(t *testing.T) {
	var f feed
	f.publish(state.State{Headline: "0"})
	var readers sync.WaitGroup
	started := make(chan struct{}, 8)
	for range 8 {
		readers.Go(func() {
			next := 0
			for s := range f.all(t.Context(), nil) {
				if s.Headline != fmt.Sprint(next) {
					t.Errorf("got %s, want %d", s.Headline, next)
				}
				if next == 0 {
					started <- struct{}{}
				}
				if next++; next == 100 {
					return
				}
			}
		})
	}
	for range 8 {
		<-started
	}
	for i := 1; i < 100; i++ {
		f.publish(state.State{Headline: fmt.Sprint(i)})
	}
	readers.Wait()
	if f.watched() {
		t.Error("readers that went are still counted")
	}
}

func TestALaggingReaderIsBroughtToTheNewest(t *testing.T) {
	var f feed
	f.publish(state.State{Headline: "0"})
	var got []string
	for s := range f.all(t.Context(), nil) {
		got = append(got, s.Headline)
		if len(got) == 2 {
			break
		}
		for i := 1; i <= maxLag+10; i++ {
			f.publish(state.State{Headline: fmt.Sprint(i)})
		}
	}
	if want := fmt.Sprint(maxLag + 10); got[1] != want {
		t.Errorf("the second State is %s, want %s", got[1], want)
	}
}

func TestReadersEndWithTheirContextAndWithTheCore(t *testing.T) {
	var f feed
	f.publish(state.State{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, end := range []<-chan struct{}{nil, done} {
		readers.Go(func() {
			context := ctx
			if end != nil {
				context = t.Context()
			}
			for range f.all(context, end) {
			}
		})
	}
	cancel()
	close(done)
	readers.Wait()
}
