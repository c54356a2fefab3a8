//go:build (!headless || ci) && !windows && !darwin

package ui

// envLocale says that the environment decides the locale here.
const envLocale = true
