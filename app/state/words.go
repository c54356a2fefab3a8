package state

// Word is the phase as one English word, which is also the key of its
// translations. Window, tray and command line all use it, so that they say the
// same.
func (p Phase) Word() string {
	switch p {
	case Connecting:
		return "Connecting"
	case Live:
		return "Live"
	case Paused:
		return "Paused"
	case Trouble:
		return "Trouble"
	default:
		return "Off"
	}
}

// Sharing reports whether the person has sharing switched on, whether or not it
// works at the moment.
func (s State) Sharing() bool {
	return s.Phase == Connecting || s.Phase == Live || (s.Phase == Trouble && s.LocalURL != "")
}
