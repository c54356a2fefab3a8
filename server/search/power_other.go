//go:build !linux && !windows

package search

import (
	"bytes"
	"context"
	"os/exec"
	"sync"
	"time"
)

// power is what pmset said last.
var power struct {
	sync.Mutex
	asked   time.Time
	battery bool
}

// onBattery says whether the computer draws on a battery; without pmset, no.
func onBattery() bool {
	power.Lock()
	defer power.Unlock()
	if time.Since(power.asked) < powerChecks {
		return power.battery
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	said, err := exec.CommandContext(ctx, "pmset", "-g", "batt").Output()
	power.battery = err == nil && bytes.Contains(said, []byte("'Battery Power'"))
	power.asked = time.Now()
	return power.battery
}
