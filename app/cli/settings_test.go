package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/control"
	"folderfront/app/state"
)

// TestSettingsAreWrittenAndTakenBack changes what only stood in the file, finds it
// there, takes it back, and wants a sentence for what can't be in force.
func TestSettingsAreWrittenAndTakenBack(t *testing.T) {
	profile := t.TempDir()
	startServing(t, profile, []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", profile) // where the server keeps its socket when the path is long
	client, err := control.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	file := func() string {
		text, err := os.ReadFile(filepath.Join(profile, "settings.toml"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	large, none, few, most := int64(7000), int64(0), int64(12), 33
	least, minimum, usual, three := int64(-1), int64(1024), 500, 3
	yes, no := true, false
	for _, c := range []struct {
		change state.ChangeSettings
		line   string // that the file then has
		wrong  string // or what is said instead
	}{
		{state.ChangeSettings{UploadLimit: &large}, "limit_mb = 7000", ""},
		{state.ChangeSettings{UploadLimit: &none}, "limit_mb = 0", ""},
		{state.ChangeSettings{UploadLimit: &least}, "limit_mb = 0", "the largest upload must be a number from 0"},
		{state.ChangeSettings{MinimumFree: &few}, "minimum_free_mb = 12", ""},
		{state.ChangeSettings{MinimumFree: &minimum}, "minimum_free_mb = 1024", ""},
		{state.ChangeSettings{MinimumFree: &least}, "minimum_free_mb = 1024", "the space to leave free must be a number from 0"},
		{state.ChangeSettings{KeepBoth: &yes}, "name_taken = 'both'", ""},
		{state.ChangeSettings{KeepBoth: &no}, "name_taken = 'version'", ""},
		{state.ChangeSettings{SizeAsNumber: &yes}, "size = 'number'", ""},
		{state.ChangeSettings{SizeAsNumber: &no}, "size = 'quoted'", ""},
		{state.ChangeSettings{SearchLimit: &most}, "search_limit = 33", ""},
		{state.ChangeSettings{SearchLimit: &usual}, "search_limit = 500", ""},
		{state.ChangeSettings{SearchLimit: new(int)}, "search_limit = 500", "the number of results must be a number from 1 to 100000"},
		{state.ChangeSettings{PerFolder: &most}, "actions_per_folder = 33", ""},
		{state.ChangeSettings{PerFolder: &three}, "actions_per_folder = 3", ""},
		{state.ChangeSettings{PerFolder: new(int)}, "actions_per_folder = 3", "the number of actions must be a number from 1 to 1000"},
		{state.ChangeSettings{ExpiresID: &yes}, "expires_id = true", ""},
		{state.ChangeSettings{ExpiresID: &no}, "expires_id = false", ""},
		{state.ChangeSettings{Commands: &yes}, "commands = true", ""},
		{state.ChangeSettings{Commands: &no}, "commands = false", ""},
		{state.ChangeSettings{LibreOffice: &yes}, "libreoffice = true", ""},
		{state.ChangeSettings{LibreOffice: &no}, "libreoffice = false", ""},
		{state.ChangeSettings{Allow: &[]string{"192.0.2.7", "2001:db8::/32"}}, "allow = ['192.0.2.7', '2001:db8::/32']", ""},
		{state.ChangeSettings{Allow: &[]string{"my house"}}, "allow = ['192.0.2.7', '2001:db8::/32']", "the list of addresses must hold IP addresses or ranges"},
		{state.ChangeSettings{Allow: &[]string{}}, "allow = []", ""},
	} {
		err := client.Do(t.Context(), c.change, nil)
		if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: said %v, want %q", c.line, err, c.wrong)
		}
		if now := file(); !strings.Contains(now, "\n"+c.line+"\n") {
			t.Errorf("the file has no line %q:\n%s", c.line, now)
		}
	}
}
