package words

import "folderfront/app/state"

// State says all sentences of a State. The given one isn't changed.
func (w Words) State(st state.State) state.State {
	if w.book == nil {
		return st
	}
	st.Headline, st.Waiting = w.Sentence(st.Headline), w.Sentence(st.Waiting)
	st.Tunnel.Error, st.Tunnel.Advice = w.Sentence(st.Tunnel.Error), w.Sentence(st.Tunnel.Advice)
	st.Settings.Error, st.Index.Paused = w.Sentence(st.Settings.Error), w.Sentence(st.Index.Paused)
	if st.Problem != nil {
		problem := w.problem(*st.Problem)
		st.Problem = &problem
	}
	st.Problems = each(st.Problems, w.problem)
	st.Folders = each(st.Folders, func(f state.Folder) state.Folder {
		f.Reason = w.Sentence(f.Reason)
		return f
	})
	return st
}

func (w Words) problem(p state.Problem) state.Problem {
	p.Sentence, p.Advice = w.Sentence(p.Sentence), w.Sentence(p.Advice)
	return p
}

// Answer says all sentences of the answer to a command, in place.
func (w Words) Answer(answer any) {
	switch a := answer.(type) {
	case *state.TestAnswer:
		for i := range a.Steps {
			a.Steps[i].Name, a.Steps[i].Detail = w.Sentence(a.Steps[i].Name), w.Sentence(a.Steps[i].Detail)
		}
	case *[]state.ActionRun:
		for i := range *a {
			w.run(&(*a)[i])
		}
	case *state.ActionRun:
		w.run(a)
	case *state.Saved:
		w.fields(a.Problems)
	case *state.Preview:
		w.fields(a.Problems)
	case *state.RulePreview:
		w.fields(a.Problems)
	case *[]state.Preset:
		for i := range *a {
			(*a)[i].Title, (*a)[i].Meaning = w.Sentence((*a)[i].Title), w.Sentence((*a)[i].Meaning)
		}
	}
}

func (w Words) run(r *state.ActionRun) {
	r.Error = w.Sentence(r.Error)
	for i := range r.Attempts {
		r.Attempts[i].Error = w.Sentence(r.Attempts[i].Error)
	}
}

func (w Words) fields(problems []state.FieldProblem) {
	for i := range problems {
		problems[i].Sentence = w.Sentence(problems[i].Sentence)
	}
}

func each[T any](all []T, say func(T) T) []T {
	said := make([]T, len(all))
	for i, t := range all {
		said[i] = say(t)
	}
	return said
}
