package search

import (
	"os"
	"path/filepath"
	"strings"
)

// onBattery says whether the computer draws on a battery.
func onBattery() bool { return drawsOnBattery("/sys/class/power_supply") }

// drawsOnBattery reads the kernel's power supplies (Documentation/ABI/testing/
// sysfs-class-power): a battery of the system that discharges, and no mains.
func drawsOnBattery(dir string) bool {
	supplies, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	discharges := false
	for _, supply := range supplies {
		attribute := func(name string) string {
			value, _ := os.ReadFile(filepath.Join(dir, supply.Name(), name))
			return strings.TrimSpace(string(value))
		}
		switch attribute("type") {
		case "Mains", "USB":
			if attribute("online") == "1" {
				return false
			}
		case "Battery":
			if attribute("scope") != "Device" && attribute("status") == "Discharging" {
				discharges = true
			}
		}
	}
	return discharges
}
