package render

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"folderfront/server/worker"
)

// officeExtensions are of the documents that LibreOffice draws.
const officeExtensions = "doc docx dot dotx rtf odt ott xls xlsx xlsm ods ots ppt pptx pps ppsx odp otp odg vsd vsdx pub"

const maxOffice = 64 << 20 // bytes of a document

// officePicture is the first page, by an installed LibreOffice, if the person switched that on.
// It works on a copy in a folder of its own, with a profile of its own. One at a time may run.
func officePicture(ctx context.Context, doc *document, width int) (*picture, error) {
	if !doc.office || doc.cacheDir == "" || doc.depth > 0 || doc.size > maxOffice || !named(officeExtensions)(doc) {
		return nil, errNone
	}
	o := office{profile: filepath.Join(doc.cacheDir, "libreoffice"), dir: filepath.Join(doc.cacheDir, "libreoffice-work")}
	if err := worker.Unhurried(ctx, func() error { return o.prepare(ctx) }); err != nil {
		return nil, err
	}
	defer os.RemoveAll(o.dir)
	data, err := o.draw(ctx, doc)
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, data, "page.png", width)
}

// office is LibreOffice with the folders it works in.
type office struct{ profile, dir string }

// officeSettings has LibreOffice load nothing from outside the document and run no macro.
const officeSettings = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value></prop></item>
</oor:items>
`

// prepare makes the folders and, once, the profile: a first start takes many seconds.
func (o *office) prepare(ctx context.Context) error {
	if err := errors.Join(os.RemoveAll(o.dir), os.MkdirAll(o.dir, 0o700)); err != nil {
		return err
	}
	user := filepath.Join(o.profile, "user")
	if _, err := os.Stat(filepath.Join(o.profile, "ready")); err == nil {
		return nil
	}
	if err := errors.Join(os.RemoveAll(o.profile), os.MkdirAll(user, 0o700)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(user, "registrymodifications.xcu"), []byte(officeSettings), 0o600); err != nil {
		return err
	}
	if _, err := o.run(ctx, "--terminate_after_init"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.profile, "ready"), nil, 0o600)
}

// draw gives the first page as a PNG.
func (o *office) draw(ctx context.Context, doc *document) ([]byte, error) {
	in, out := filepath.Join(o.dir, "document."+doc.ext), filepath.Join(o.dir, "document.png")
	f, err := os.Create(in)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, doc.reader())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if _, err := o.run(ctx, "--convert-to", "png", "--outdir", o.dir, in); err != nil {
		return nil, err
	}
	page, err := os.Open(out)
	if err != nil {
		return nil, errNone
	}
	defer page.Close()
	return readAll(page, maxMember)
}

func (o *office) run(ctx context.Context, args ...string) ([]byte, error) {
	profile := url.URL{Scheme: "file", Path: filepath.ToSlash(o.profile)}
	args = append([]string{"-env:UserInstallation=" + profile.String(), "--headless", "--norestore", "--nolockcheck"}, args...)
	return runTool(ctx, nil, "soffice", args...)
}
