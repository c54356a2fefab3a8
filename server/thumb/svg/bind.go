package svg

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// heap holds the JavaScript values of one instance by number, as wasm-bindgen does: the first
// 132 numbers are taken by its constants.
type heap struct {
	values []any
	free   []uint32
}

const reserved = 132

func newHeap() *heap { return &heap{} }

func (h *heap) add(v any) uint32 {
	if n := len(h.free); n > 0 {
		i := h.free[n-1]
		h.free = h.free[:n-1]
		h.values[i] = v
		return i + reserved
	}
	h.values = append(h.values, v)
	return uint32(len(h.values)-1) + reserved
}

func (h *heap) get(i uint32) any {
	if i < reserved || int(i-reserved) >= len(h.values) {
		return nil
	}
	return h.values[i-reserved]
}

func (h *heap) take(i uint32) any {
	v := h.get(i)
	if v != nil {
		h.values[i-reserved] = nil
		h.free = append(h.free, i-reserved)
	}
	return v
}

type heapKey struct{}

// The kinds of values that occur, beside []byte, string and []any.
type (
	memory struct{} // the module's memory, or its buffer
	view   struct{ at, size uint32 }
	walker struct{ rest []any } // an iterator
	step   struct {             // what an iterator gives
		value any
		done  bool
	}
)

// errBinding ends an instance that does what these bindings don't know.
var errBinding = errors.New("svg: an unexpected JavaScript value")

// bind gives the module what it imports (the wasm-bindgen interface of this one build).
func bind(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder("wbg")
	add := func(name string, f any) { b = b.NewFunctionBuilder().WithFunc(f).Export(name) }
	add("__wbg_new_28c511d9baebfa89", newError)
	add("__wbindgen_memory", func(ctx context.Context) uint32 { return heapOf(ctx).add(memory{}) })
	add("__wbg_buffer_12d079cc21e14bdb", func(ctx context.Context, i uint32) uint32 { return heapOf(ctx).add(heapOf(ctx).get(i)) })
	add("__wbg_newwithbyteoffsetandlength_aa4a17c33a06e5cb", func(ctx context.Context, _, at, size uint32) uint32 {
		return heapOf(ctx).add(view{at, size})
	})
	add("__wbindgen_object_drop_ref", func(ctx context.Context, i uint32) { heapOf(ctx).take(i) })
	add("__wbg_new_63b92bc8671ed464", newBytes)
	add("__wbg_values_839f3396d5aac002", values)
	add("__wbg_next_196c84450b364254", next)
	add("__wbg_done_298b57d23c0fc80c", func(ctx context.Context, i uint32) uint32 {
		if s, ok := heapOf(ctx).get(i).(step); ok && !s.done {
			return 0
		}
		return 1
	})
	add("__wbg_value_d93c65011f51a456", func(ctx context.Context, i uint32) uint32 {
		s, _ := heapOf(ctx).get(i).(step)
		return heapOf(ctx).add(s.value)
	})
	add("__wbg_instanceof_Uint8Array_2b3bbecd033d19f6", func(ctx context.Context, i uint32) uint32 {
		if _, ok := heapOf(ctx).get(i).([]byte); ok {
			return 1
		}
		return 0
	})
	add("__wbindgen_string_get", func(_ context.Context, m api.Module, out, _ uint32) {
		m.Memory().WriteUint32Le(out, 0) // nothing here is a string
		m.Memory().WriteUint32Le(out+4, 0)
	})
	add("__wbg_new_16b304a2cfa7ff4a", func(ctx context.Context) uint32 { return heapOf(ctx).add([]any{}) })
	add("__wbindgen_string_new", newString)
	add("__wbg_push_a5b05aedc7234f9f", func(context.Context, uint32, uint32) uint32 { panic(errBinding) })
	add("__wbg_length_c20a40f15020d68a", func(ctx context.Context, i uint32) uint32 {
		switch v := heapOf(ctx).get(i).(type) {
		case []byte:
			return uint32(len(v))
		case view:
			return v.size
		}
		panic(errBinding)
	})
	add("__wbg_set_a47bac70306a19a7", set)
	add("__wbindgen_throw", func(context.Context, uint32, uint32) { panic(ErrDrawing) })
	_, err := b.Instantiate(ctx)
	return err
}

func heapOf(ctx context.Context) *heap { return ctx.Value(heapKey{}).(*heap) }

func newError(ctx context.Context, _, _ uint32) uint32 { return heapOf(ctx).add(ErrDrawing) }

func newString(ctx context.Context, m api.Module, at, size uint32) uint32 {
	text, ok := m.Memory().Read(at, size)
	if !ok {
		panic(errBinding)
	}
	return heapOf(ctx).add(string(text))
}

// newBytes is new Uint8Array(x): a copy of a view, or all of the memory.
func newBytes(ctx context.Context, m api.Module, i uint32) uint32 {
	h := heapOf(ctx)
	switch v := h.get(i).(type) {
	case memory:
		return h.add(view{0, m.Memory().Size()})
	case view:
		pix, ok := m.Memory().Read(v.at, v.size)
		if !ok {
			panic(errBinding)
		}
		return h.add(append([]byte(nil), pix...))
	case []byte:
		return h.add(v)
	}
	panic(errBinding)
}

func values(ctx context.Context, i uint32) uint32 {
	list, ok := heapOf(ctx).get(i).([]any)
	if !ok {
		panic(errBinding)
	}
	return heapOf(ctx).add(&walker{list})
}

func next(ctx context.Context, i uint32) uint32 {
	w, ok := heapOf(ctx).get(i).(*walker)
	if !ok {
		panic(errBinding)
	}
	if len(w.rest) == 0 {
		return heapOf(ctx).add(step{done: true})
	}
	s := step{value: w.rest[0]}
	w.rest = w.rest[1:]
	return heapOf(ctx).add(s)
}

// set is to.set(from, offset): bytes into the module's memory.
func set(ctx context.Context, m api.Module, to, from, offset uint32) {
	h := heapOf(ctx)
	target, ok1 := h.get(to).(view)
	data, ok2 := h.get(from).([]byte)
	if !ok1 || !ok2 || !m.Memory().Write(target.at+offset, data) {
		panic(errBinding)
	}
}
