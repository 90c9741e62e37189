package handover

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/ui/widgets"
)

// saveAs is the dialog that takes a name and a folder; it stays until the
// paper is written.
type saveAs struct {
	h            *Hand
	paper        Paper
	name, folder *widgets.Entry
	wrongName    *fyne.Container // what is wrong, at the field
	wrongFolder  *fyne.Container
	dialog       *widgets.Dialog
	replace      string // the file that may be replaced: the operator was told
	busy         bool
	done         bool
}

// SaveAs asks where the paper goes and under which name, for a USB stick or
// another folder. A file that is there is replaced only when that was said.
func (h *Hand) SaveAs(p Paper) {
	folder := h.folder
	if folder == "" {
		folder = h.p.SaveFolder
	}
	a := &saveAs{h: h, paper: p, name: widgets.NewEntry("", nil), folder: widgets.NewEntry("", nil), wrongName: widgets.Stack(0.5), wrongFolder: widgets.Stack(0.5)}
	a.name.Replace(p.Name)
	a.folder.Replace(folder)
	field := func(key string, control fyne.CanvasObject, wrong *fyne.Container) fyne.CanvasObject {
		return widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, h.words(key)), control, wrong)
	}
	where := a.folder.Boxed()
	if h.p.PickFolder != nil {
		browse := widgets.NewButton(widgets.ButtonSpec{Label: h.words("print.save_browse"), Icon: fynetheme.FolderOpenIcon(), OnPress: a.browse})
		where = widgets.Row(0.5, 0, where, browse)
	}
	a.dialog = widgets.ShowDialog(h.p.Host().Canvas(), widgets.DialogSpec{
		Title:  h.words("print.save_as_title"),
		Body:   widgets.Stack(2.5, field("print.save_name", a.name.Boxed(), a.wrongName), field("print.save_folder", where, a.wrongFolder)),
		Accept: h.words("print.save_do"), Cancel: h.words("print.not_now"), First: a.name, Width: 620, OnAccept: a.accept,
	})
}

// browse lets the operator choose the folder instead of writing it.
func (a *saveAs) browse() {
	a.h.p.PickFolder(a.h.words("print.save_pick"), a.folder.Text, func(path string) {
		if path != "" {
			a.folder.Replace(path)
			a.say("", "")
		}
		a.h.p.Host().Canvas().Focus(a.folder)
	})
}

// namesNot are the signs that some system does not take in a file's name.
const namesNot = "/\\:*?\"<>|"

func (a *saveAs) accept() bool {
	if a.done || a.busy {
		return a.done
	}
	name, folder := strings.TrimSpace(a.name.Text), strings.TrimSpace(a.folder.Text)
	if strings.EqualFold(filepath.Ext(name), ".pdf") {
		name = name[:len(name)-len(".pdf")]
	}
	switch {
	case strings.Trim(name, ". ") == "":
		a.say(a.h.words("print.save_nameless"), "")
		a.focus(a.name)
		return false
	case strings.ContainsAny(name, namesNot):
		a.say(a.h.words("print.save_signs", "signs", strings.Join(strings.Split(namesNot, ""), " ")), "")
		a.focus(a.name)
		return false
	case !filepath.IsAbs(folder):
		a.say("", a.h.words("print.save_no_folder"))
		a.focus(a.folder)
		return false
	}
	a.write(folder, name)
	return false
}

func (a *saveAs) write(folder, name string) {
	h, paper, replace := a.h, a.paper, a.replace
	a.busy = true
	a.say("", "")
	h.background(func(ctx context.Context) func() {
		path, err := h.keepAs(ctx, &paper, folder, name, replace)
		return func() { a.told(folder, path, err) }
	})
}

// told says at the field what was wrong, or that the paper is there.
func (a *saveAs) told(folder, path string, err error) {
	h := a.h
	a.busy = false
	if err == nil {
		a.done, h.folder = true, folder
		a.dialog.Accept()
		h.tellSaved(&a.paper, path, folder)
		return
	}
	h.p.Host().Log.Warn("save as", "error", err)
	h.p.Host().Trace("save as failed", "path", path)
	switch {
	case errors.Is(err, os.ErrExist):
		a.replace = path
		a.say(h.words("print.save_exists", "file", filepath.Base(path)), "")
		a.focus(a.name)
	case errors.Is(err, errNoFolder):
		a.say("", h.words("print.save_no_folder"))
		a.focus(a.folder)
	case app.ErrorCode(err) == app.CodeDiskFull:
		a.say("", h.words("print.save_full"))
		a.focus(a.folder)
	case app.ErrorCode(err) == app.CodeFolder:
		a.say("", h.words("print.save_readonly"))
		a.focus(a.folder)
	default:
		message, hint := h.p.Host().Words.Error(err)
		a.say("", message+" "+hint)
	}
}

func (a *saveAs) focus(e *widgets.Entry) { a.h.p.Host().Canvas().Focus(e) }

// say tells what is wrong with the name and with the folder, "" = nothing.
func (a *saveAs) say(name, folder string) {
	put := func(to *fyne.Container, text string) {
		to.Objects = nil
		if text != "" {
			to.Objects = []fyne.CanvasObject{widgets.NewWrapped(widgets.Wrong, text)}
		}
		to.Refresh()
	}
	put(a.wrongName, name)
	put(a.wrongFolder, folder)
	a.dialog.Refresh()
}

// errNoFolder says that there is no such folder to write into.
var errNoFolder = errors.New("no such folder")

// keepAs makes the paper a file of a name in a folder that is there. A file
// of that name is replaced only when it is the one that may be: otherwise the
// error is os.ErrExist, with its path.
func (h *Hand) keepAs(ctx context.Context, p *Paper, folder, name, replace string) (path string, err error) {
	path = filepath.Join(folder, name+".pdf")
	if folder == h.p.SaveFolder { // the first paper of a workstation makes it
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return path, app.Fault(app.CodeFolder, err, "path", folder)
		}
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return path, errors.Join(errNoFolder, err)
	}
	if _, err := os.Lstat(path); err == nil && path != replace {
		return path, os.ErrExist
	}
	work, err := h.work(ctx, p)
	if err != nil {
		return path, err
	}
	return path, WriteFile(path, work.PDF)
}

// WriteFile writes a file whole or not at all, in place of one of that name.
// CodeFolder, CodeDiskFull, CodeFile, and what write says by a code.
func WriteFile(path string, write func(io.Writer) error) error {
	temporary, err := aside(filepath.Dir(path), write)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		_ = os.Remove(temporary) // the first error says more
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}

// aside writes a file beside those of a folder and returns its path; it is
// whole and on the disk, or not there. CodeFolder, CodeDiskFull, CodeFile.
func aside(folder string, write func(io.Writer) error) (path string, err error) {
	f, err := os.CreateTemp(folder, ".polis-*")
	if err != nil {
		return "", written(err, app.CodeFolder, folder)
	}
	err = write(f)
	if err == nil { // a stick may be drawn out at once
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error says more
		return "", written(err, app.CodeFile, f.Name())
	}
	return f.Name(), nil
}

// written names a fault of writing; what has a name already keeps it.
func written(err error, code app.Code, path string) error {
	if errors.Is(err, syscall.ENOSPC) {
		return app.Fault(app.CodeDiskFull, err, "path", filepath.Dir(path))
	}
	var fault *app.Error
	if errors.As(err, &fault) {
		return err
	}
	return app.Fault(code, err, "path", path)
}
