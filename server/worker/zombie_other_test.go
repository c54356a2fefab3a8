//go:build unix && !linux

package worker

func zombie(int) bool { return false }
