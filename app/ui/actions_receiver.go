//go:build !headless || ci

package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// receiver is the tab with a receiver on this computer, to try messages against
// before the real one gets them. It shows what arrived.
type receiver struct {
	page    *actions
	bin     state.Bin
	address *copyRow
	use     *widget.Button
	clear   *widget.Button
	arrived *rows
	opened  string // the message that is laid open
	off     fyne.CanvasObject
	on      fyne.CanvasObject
	asked   int
	changes int64
	all     fyne.CanvasObject
}

func newReceiver(p *actions) view {
	v := &receiver{page: p, arrived: newRows()}
	words := lang.L("See what an action sends before the real receiver gets it: a receiver on this computer that shows whatever arrives, and passes nothing on.")
	v.off = nothing("receiver", words, primary(lang.L("Start the receiver"), func() { v.ask(state.StartBin{}) }))
	v.address = newCopyRow(p.face, lang.L("Send to this address"), lang.L("Copy"))
	v.use = primary(lang.L("Use it in a new action"), v.create)
	v.clear = button(lang.L("Clear"), "remove", func() { v.ask(state.EmptyBin{}) })
	v.on = scrolling(card(v.address.all, left(v.use)), card(ends(strong(lang.L("What arrived")), v.clear), v.arrived.all))
	v.off.Hide()
	v.on.Hide()
	v.all = container.NewStack(v.off, v.on)
	return v
}

func (v *receiver) object() fyne.CanvasObject { return v.all }

// update fetches when something may have arrived.
func (v *receiver) update() {
	if changes := v.page.face.st.Actions.Changes; v.asked == 0 || changes != v.changes {
		v.changes = changes
		v.ask(state.ShowBin{})
	}
}

// ask sends a command about the receiver and shows what it is like then.
func (v *receiver) ask(command any) {
	v.asked++
	mine := v.asked
	var bin state.Bin
	var answer any = &bin
	if _, is := command.(state.EmptyBin); is {
		answer = nil
	}
	v.page.face.ask(command, answer, func(err error) {
		if mine == v.asked && v.page.told(err) {
			if answer == nil {
				bin.URL = v.bin.URL
			}
			v.show(bin)
		}
	})
}

// create makes an action that sends to the receiver.
func (v *receiver) create() {
	v.page.create()
	v.page.showing().(*actionForm).web.url.SetText(v.bin.URL)
}

func (v *receiver) show(bin state.Bin) {
	v.bin = bin
	visible(v.off, bin.URL == "")
	visible(v.on, bin.URL != "")
	visible(v.clear, len(bin.Arrived) > 0)
	v.address.set(bin.URL, "")
	v.arrived.show([]any{bin.Arrived, v.opened}, lang.L("Nothing has arrived yet."), func() (made []fyne.CanvasObject) {
		for i, a := range bin.Arrived {
			made = append(made, v.row(i, a))
		}
		return made
	})
}

// row is a message; the open one shows all of itself.
func (v *receiver) row(i int, a state.Arrival) fyne.CanvasObject {
	key := fmt.Sprint(a.Time, len(v.bin.Arrived)-i)
	arrow := "right"
	if v.opened == key {
		arrow = "down"
	}
	r := newRow(quiet("", arrow, func() {
		if v.opened == key {
			v.opened = ""
		} else {
			v.opened = key
		}
		v.show(v.bin)
	}))
	first, _, _ := strings.Cut(strings.TrimSpace(a.Body), "\n")
	r.show("receiver", colorAccent, a.Method+" "+a.URL, first, v.page.face.format.When(a.Time, v.page.face.now()))
	if v.opened != key {
		return r
	}
	headers, body := newCode(), newCode()
	headers.set(strings.Join(a.Headers, "\n"))
	body.set(a.Body)
	objects := []fyne.CanvasObject{r, small(lang.L("Headers")), headers.all, small(lang.L("Message")), body.all}
	if a.Cut {
		objects = append(objects, small(lang.L("The rest of the message was too long to keep.")))
	}
	return stack(inside, objects...)
}
