package tunnel

import (
	"regexp"
	"strings"
)

// Wording: the sentence says what happened and what it means for the person's
// link or files; the advice says what to do. No code comes first in either.

const (
	tokenPage     = "https://dashboard.ngrok.com/get-started/your-authtoken"
	domainPage    = "https://dashboard.ngrok.com/domains"
	agentPage     = "https://dashboard.ngrok.com/agents"
	unknownAdvice = "Folderfront keeps trying. If it lasts, see https://status.ngrok.com."
)

// Code is one of ngrok's error codes explained for a person.
type Code struct {
	Number    string // "107"
	Sentence  string
	Advice    string
	Permanent bool // trying again can't help before the person has done something
}

// codePattern finds a code in an error's text. Case varies: a stopped endpoint
// is told by the address of a page, in lower case. errors.As finds codes only
// in returned errors, not in those of events and of repeated binds.
var codePattern = regexp.MustCompile(`(?i)ERR_NGROK_(\d{1,6})`)

// codeOf is the number of the first of ngrok's codes in text, or "".
func codeOf(text string) string {
	m := codePattern.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

// Explain returns what a person reads for one of ngrok's codes, given as "107"
// or "ERR_NGROK_107". An unknown code is explained in general and passing.
func Explain(code string) Code {
	number := strings.TrimPrefix(strings.ToUpper(code), "ERR_NGROK_")
	if c, ok := codes[number]; ok {
		return c
	}
	return Code{
		Number:   number,
		Sentence: "ngrok refused or interrupted the connection, so Workfront can't reach the files now.",
		Advice:   unknownAdvice + " ngrok's own explanation: https://ngrok.com/docs/errors/err_ngrok_" + number,
	}
}

// codes holds every code that Folderfront can explain.
var codes = table([]group{
	{"105", true, "The ngrok token isn't in the right form, so no public address could be opened.", "Copy the whole token from " + tokenPage + " and paste it again."},
	{"106", true, "The ngrok token is of an old kind that ngrok no longer accepts, so no public address could be opened.", "Copy the present token from " + tokenPage + " and paste it."},
	{"107", true, "ngrok says the token is not valid, perhaps because it was reset, so no public address could be opened.", "Copy the present token from " + tokenPage + " and paste it."},
	{"300", true, "The ngrok token was revoked, so no public address could be opened.", "Copy another token from " + tokenPage + " and paste it."},
	{"4018", true, "ngrok wants a token of an account, and none was given, so no public address could be opened.", "Sign up at ngrok.com if you have no account, then copy the token from " + tokenPage + " and paste it."},

	{"108", true, "Too many programs of your ngrok account are connected at the same time (a free account may have three), so no public address could be opened.", "Stop another one, which " + agentPage + " lists, then click Reconnect."},

	{"102 103 337 338 8014", true, "Your ngrok account is suspended or blocked, so no public address can be opened.", "Sign in at https://dashboard.ngrok.com to see why, or write to ngrok's support. Then click Reconnect."},

	{"116", true, "Your ngrok account doesn't allow this token from the network you are on, so no public address could be opened.", "Change the token's or account's IP restrictions at https://dashboard.ngrok.com, or use another network. Then click Reconnect."},
	{"123", true, "Your ngrok account's e-mail address isn't verified yet, so no public address could be opened.", "Open the link in ngrok's e-mail, then click Reconnect."},
	{"121", true, "This version of Folderfront is too old for ngrok, so no public address could be opened.", "Install the newest version of Folderfront."},

	{"334", false, "The public address is online elsewhere: on another computer, or in an earlier session that ngrok hasn't closed yet.", "Folderfront keeps trying. If another computer uses the address, stop it there or choose another address."},
	{"313 319 320", true, "The public address asked for doesn't belong to your ngrok account, so it could not be opened.", "Click Reconnect to take the address of your account instead, or choose one of your own, which " + domainPage + " lists."},
	{"314", true, "Your ngrok plan doesn't include the public address asked for, so it could not be opened.", "Click Reconnect to take the address of your account instead, or change the plan."},
	{"15002 15013", true, "The public address asked for doesn't exist or can't be used at ngrok, so it could not be opened.", "Click Reconnect to take the address of your account instead, or choose one that " + domainPage + " lists."},

	{"324", true, "Your ngrok account has as many public addresses open as its plan allows, so this one could not be opened.", "Stop another one, which https://dashboard.ngrok.com/endpoints lists, then click Reconnect."},
	{"9037 9038", true, "ngrok doesn't accept the form of the public address asked for, so it could not be opened.", "Click Reconnect to take the address of your account instead, or correct the address in the settings."},
	{"2200 2201", true, "ngrok doesn't accept the list of allowed addresses as a policy, so no public address could be opened.", "Correct or empty the list of allowed addresses in the settings."},

	{"3200", false, "ngrok says that the public address is off, so Workfront can't reach the files.", "Folderfront keeps trying; just after a start this passes by itself within half a minute."},
	{"3004 3210 8012", false, "ngrok could not get an answer from this computer, so Workfront's requests fail.", "Folderfront keeps trying. Check this computer's connection to the internet."},
	{"725 726 727", false, "Your ngrok plan's limit for this month is used up, so ngrok turns Workfront's requests away.", "Wait for the next month or change the plan at https://dashboard.ngrok.com/billing."},
	{"734 1214", false, "More requests arrived than your ngrok plan allows at a time, so ngrok turned some of Workfront's requests away.", "This passes within a minute. If it comes back, use fewer requests at once or a larger plan."},
	{"6024", false, "ngrok shows its warning page in front of the public address, as it does for browsers on the free plan once a week.", "Workfront's servers don't meet it. People who open links click \"Visit Site\" once; a paid plan or a domain of your own ends it."},
})

// AddressRefused says whether a code means that the address asked for can't be
// had, while the account's own could.
func AddressRefused(code string) bool {
	switch code {
	case "313", "314", "319", "320", "9037", "9038", "15002", "15013":
		return true
	}
	return false
}

// group is a line of the table: codes that mean the same to a person.
type group struct {
	numbers   string // separated by spaces
	permanent bool
	sentence  string
	advice    string
}

func table(groups []group) map[string]Code {
	t := map[string]Code{}
	for _, g := range groups {
		for _, n := range strings.Fields(g.numbers) {
			t[n] = Code{Number: n, Sentence: g.sentence, Advice: g.advice, Permanent: g.permanent}
		}
	}
	return t
}
