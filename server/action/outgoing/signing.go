package outgoing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Signing proves to a receiver who sent a message and that nobody changed it.
type Signing struct {
	Scheme Scheme
	Secret string
}

// Scheme is a way of signing.
type Scheme string

// The schemes.
const (
	Unsigned Scheme = ""
	Standard Scheme = "standard" // Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature
	Hub256   Scheme = "hub-256"  // X-Hub-Signature-256: sha256=<hex>
)

// sign adds the headers of the scheme.
func (s Signing) sign(header http.Header, id string, at time.Time, body []byte) error {
	switch s.Scheme {
	case Unsigned:
		return nil
	case Hub256:
		header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac([]byte(s.Secret), body)))
		return nil
	case Standard:
		key, err := standardKey(s.Secret)
		if err != nil {
			return err
		}
		stamp := strconv.FormatInt(at.Unix(), 10)
		signed := append([]byte(id+"."+stamp+"."), body...)
		header.Set("webhook-id", id)
		header.Set("webhook-timestamp", stamp)
		header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac(key, signed)))
		return nil
	}
	return fmt.Errorf("There is no way of signing called %q.", s.Scheme)
}

// standardKey reads a secret as Standard Webhooks writes it: base64, with or
// without whsec_ before it.
func standardKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("The signing secret is not in the form whsec_ and base64, so nothing was sent.")
	}
	return key, nil
}

func mac(key, message []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(message)
	return m.Sum(nil)
}

// framing are the headers that HTTP itself needs.
var framing = map[string]bool{
	"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Connection": true,
	"Upgrade": true, "Te": true, "Trailer": true, "Proxy-Authorization": true,
}

// CheckHeader tells whether a person may add this header to their calls.
func CheckHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return fmt.Errorf("%q is no name of a header.", name)
	case !httpguts.ValidHeaderFieldValue(value):
		return fmt.Errorf("The value of the header %s must be on one line, without control characters.", name)
	case framing[http.CanonicalHeaderKey(name)]:
		return fmt.Errorf("The header %s is set by Folderfront itself.", name)
	}
	return nil
}
