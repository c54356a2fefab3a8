//go:build !headless || ci

package ui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"folderfront/app/state"
)

// TestDiagnosticsTellNobody looks for everything in a full State that is nobody
// else's business.
func TestDiagnosticsTellNobody(t *testing.T) {
	st := failing().st
	st.Problems = append(st.Problems, *st.Problem)
	got := diagnostics(st)
	private := []string{st.BaseAPIURL, st.Tunnel.OldOrigin, "otter", st.Settings.File, "anna", "Mara", st.Keys[0].Name, st.Keys[0].ID}
	for _, f := range st.Folders {
		private = append(private, f.Name, f.Path)
	}
	for _, a := range st.Recent {
		private = append(private, a.Title)
	}
	for _, s := range private {
		if strings.Contains(got, s) {
			t.Errorf("the diagnostics tell %q:\n%s", s, got)
		}
	}
	for _, s := range []string{"phase: trouble", "folders: 4", "problem: tunnel", "ngrok, failed"} {
		if !strings.Contains(got, s) {
			t.Errorf("the diagnostics do not tell %q:\n%s", s, got)
		}
	}
}

// TestDiagnosticsTellOnlyWhatIsMeant plants a word in every text of a State, now
// and in every field to come: none may be told but those that are known to be
// words of Folderfront's own.
func TestDiagnosticsTellOnlyWhatIsMeant(t *testing.T) {
	own := map[string]bool{
		"State.Version": true, "State.Phase": true, "State.Tunnel.Provider": true, "State.Tunnel.State": true,
		"State.Tunnel.Plan": true, "State.Folders.Status": true, "State.Problems.Area": true,
	}
	var st state.State
	planted := map[string]bool{}
	plant(reflect.ValueOf(&st).Elem(), "State", planted)
	if len(planted) < 100 {
		t.Fatalf("only %d texts were planted", len(planted))
	}
	got := diagnostics(st)
	for path := range planted {
		if told := strings.Contains(got, markOf(path)); told != own[path] {
			t.Errorf("%s is told: %t, want %t\n%s", path, told, own[path], got)
		}
	}
}

func markOf(path string) string { return "«" + path + "»" }

// plant puts a word into every text below v, of which each slice and pointer gets
// one.
func plant(v reflect.Value, path string, planted map[string]bool) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(markOf(path))
		planted[path] = true
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				plant(v.Field(i), path+"."+field.Name, planted)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), path, planted)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(v.Elem(), path, planted)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		plant(key, path+".key", planted)
		plant(value, path+".value", planted)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint8, reflect.Float64:
	default:
		panic(fmt.Sprintf("%s is a %s: plant something there", path, v.Kind()))
	}
}
