//go:build (!headless || ci) && (windows || darwin)

package ui

// envLocale says that the environment does not decide the locale here.
const envLocale = false
