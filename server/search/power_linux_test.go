package search

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDrawsOnBattery(t *testing.T) {
	type supplies map[string]map[string]string
	mains := func(online string) map[string]string { return map[string]string{"type": "Mains", "online": online} }
	battery := func(status string) map[string]string { return map[string]string{"type": "Battery", "status": status} }
	mouse := map[string]string{"type": "Battery", "scope": "Device", "status": "Discharging"}
	for name, tt := range map[string]struct {
		supplies supplies
		want     bool
	}{
		"a desktop":              {supplies{}, false},
		"plugged in":             {supplies{"AC": mains("1"), "BAT0": battery("Charging")}, false},
		"unplugged":              {supplies{"AC": mains("0"), "BAT0": battery("Discharging")}, true},
		"plugged in, balancing":  {supplies{"AC": mains("1"), "BAT0": battery("Discharging")}, false},
		"second battery":         {supplies{"BAT0": battery("Full"), "BAT1": battery("Discharging")}, true},
		"desktop with a mouse":   {supplies{"hid": mouse}, false},
		"attributes are missing": {supplies{"BAT0": {}}, false},
	} {
		dir := t.TempDir()
		for supply, attributes := range tt.supplies {
			must(t, os.MkdirAll(filepath.Join(dir, supply), 0o755))
			for key, value := range attributes {
				must(t, os.WriteFile(filepath.Join(dir, supply, key), []byte(value+"\n"), 0o644))
			}
		}
		if got := drawsOnBattery(dir); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if drawsOnBattery(filepath.Join(t.TempDir(), "missing")) {
		t.Error("a system that doesn't tell counts as on battery")
	}
}
