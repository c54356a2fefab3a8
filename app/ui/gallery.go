//go:build !headless || ci

package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"folderfront/app/state"
	"folderfront/assets/types"
)

// gallery fetches the pictures of documents for the rows of lists, without ever
// keeping a list waiting: a row shows the icon of its document's type until the
// picture is there. What was wanted last is fetched first, since a person who
// scrolls has passed the rest.
type gallery struct {
	face    *face
	known   map[string]kept
	order   []string // of known, the oldest first
	wishes  []wish   // the latest last
	running map[string]*row
	fetched func() // called when nothing more is being fetched; nil for nobody
}

// kept is a picture; nil says that there is none better than the icon.
type kept struct {
	picture fyne.Resource
	fetched time.Time
}

// wish is a picture that a row would like to show.
type wish struct {
	document string // id
	command  any    // what fetches it
	row      *row
}

const (
	keptPictures  = 400             // pictures that are remembered, a few KB each
	keptWishes    = 60              // more rows than a window shows
	atOnce        = 3               // pictures that are fetched at a time
	freshPicture  = 5 * time.Minute // after which a document may look otherwise
	pictureWidth  = 96              // pixels, enough for a dense screen
	unfinishedFor = time.Second     // until a picture that is being made is asked for again
)

func newGallery(f *face) *gallery {
	return &gallery{face: f, known: map[string]kept{}, running: map[string]*row{}}
}

// document shows in a row the document of an id, or its type's icon.
func (g *gallery) document(r *row, id, name string) {
	if id == "" {
		r.about = ""
		r.depict(nil, false)
		return
	}
	g.show(r, id, typeIcon(types.For(name, false)), state.Thumbnail{File: id, Width: pictureWidth})
}

// folder shows in a row the newest document of a folder, or nothing but the
// row's icon.
func (g *gallery) folder(r *row, id string) {
	g.show(r, id, nil, state.Cover{Folder: id, Width: pictureWidth})
}

func (g *gallery) show(r *row, id string, meanwhile fyne.Resource, command any) {
	r.about = id
	have, known := g.known[id]
	if have.picture != nil {
		r.depict(have.picture, true)
	} else {
		r.depict(meanwhile, false)
	}
	if id == "" || known && g.face.now().Sub(have.fetched) < freshPicture {
		return
	}
	if _, asked := g.running[id]; asked {
		g.running[id] = r
		return
	}
	g.wishes = slices.DeleteFunc(g.wishes, func(w wish) bool { return w.document == id || w.row == r })
	g.wishes = append(g.wishes, wish{id, command, r})
	if len(g.wishes) > keptWishes {
		g.wishes = g.wishes[1:]
	}
	g.next()
}

// next fetches as much as may be fetched at a time.
func (g *gallery) next() {
	for len(g.running) < atOnce && len(g.wishes) > 0 {
		w := g.wishes[len(g.wishes)-1]
		g.wishes = g.wishes[:len(g.wishes)-1]
		g.running[w.document] = w.row
		g.fetch(w)
	}
}

// fetch asks for a picture until it is made.
func (g *gallery) fetch(w wish) {
	f := g.face
	f.seam.away(func() {
		var answer state.Picture
		err := f.core.Do(f.ctx, w.command, &answer)
		for err == nil && answer.Pending && f.ctx.Err() == nil {
			f.sleep(unfinishedFor)
			answer = state.Picture{}
			err = f.core.Do(f.ctx, w.command, &answer)
		}
		f.seam.back(func() { g.arrived(w, answer, err) })
	})
}

// arrived keeps a picture and shows it in the row that wants it, if one still
// does. A document that is gone keeps its type's icon.
func (g *gallery) arrived(w wish, answer state.Picture, err error) {
	row := g.running[w.document]
	delete(g.running, w.document)
	have := kept{fetched: g.face.now()}
	if err == nil && !answer.Icon && len(answer.JPEG) > 0 {
		have.picture = fyne.NewStaticResource("thumbnail-"+w.document+have.fetched.String()+".jpg", answer.JPEG)
	}
	g.keep(w.document, have)
	if row.about == w.document && have.picture != nil {
		row.depict(have.picture, true)
	}
	g.next()
	if g.fetched != nil && len(g.running) == 0 {
		g.fetched()
	}
}

// forget has every picture fetched anew.
func (g *gallery) forget() { g.known, g.order, g.wishes = map[string]kept{}, nil, nil }

func (g *gallery) keep(document string, have kept) {
	g.order = append(slices.DeleteFunc(g.order, func(d string) bool { return d == document }), document)
	g.known[document] = have
	if len(g.order) > keptPictures {
		delete(g.known, g.order[0])
		g.order = g.order[1:]
	}
}

// typeIcons are the icons of types, each once, so that they are drawn once.
var typeIcons = map[types.Kind]fyne.Resource{}

func typeIcon(kind types.Kind) fyne.Resource {
	if typeIcons[kind] == nil {
		typeIcons[kind] = fyne.NewStaticResource("type-"+string(kind)+".svg", types.SVG(kind))
	}
	return typeIcons[kind]
}
