package gdi

import "golang.org/x/sys/windows"

// library are the procedures of Windows that x/sys has not.
type library struct {
	enumPrinters, getDefault, open, close, getPrinter        *windows.LazyProc
	getJob, setJob, properties, capabilities                 *windows.LazyProc
	createDC, deleteDC, deviceCaps                           *windows.LazyProc
	startDoc, endDoc, abortDoc, startPage, endPage           *windows.LazyProc
	addFont, removeFont, createFont, textFace                *windows.LazyProc
	selectObject, deleteObject, stockObject, brush, pen      *windows.LazyProc
	bkMode, textAlign, textColour, fillMode, stretchMode     *windows.LazyProc
	brushOrigin, textOut, patBlt, polygon, polyline, stretch *windows.LazyProc
}

// load finds the procedures, or says which is not there.
func load() (*library, error) {
	spool, gdi := windows.NewLazySystemDLL("winspool.drv"), windows.NewLazySystemDLL("gdi32.dll")
	l := &library{}
	for _, p := range []struct {
		to   **windows.LazyProc
		dll  *windows.LazyDLL
		name string
	}{
		{&l.enumPrinters, spool, "EnumPrintersW"},
		{&l.getDefault, spool, "GetDefaultPrinterW"},
		{&l.open, spool, "OpenPrinterW"},
		{&l.close, spool, "ClosePrinter"},
		{&l.getPrinter, spool, "GetPrinterW"},
		{&l.getJob, spool, "GetJobW"},
		{&l.setJob, spool, "SetJobW"},
		{&l.properties, spool, "DocumentPropertiesW"},
		{&l.capabilities, spool, "DeviceCapabilitiesW"},
		{&l.createDC, gdi, "CreateDCW"},
		{&l.deleteDC, gdi, "DeleteDC"},
		{&l.deviceCaps, gdi, "GetDeviceCaps"},
		{&l.startDoc, gdi, "StartDocW"},
		{&l.endDoc, gdi, "EndDoc"},
		{&l.abortDoc, gdi, "AbortDoc"},
		{&l.startPage, gdi, "StartPage"},
		{&l.endPage, gdi, "EndPage"},
		{&l.addFont, gdi, "AddFontMemResourceEx"},
		{&l.removeFont, gdi, "RemoveFontMemResourceEx"},
		{&l.createFont, gdi, "CreateFontW"},
		{&l.textFace, gdi, "GetTextFaceW"},
		{&l.selectObject, gdi, "SelectObject"},
		{&l.deleteObject, gdi, "DeleteObject"},
		{&l.stockObject, gdi, "GetStockObject"},
		{&l.brush, gdi, "CreateSolidBrush"},
		{&l.pen, gdi, "ExtCreatePen"},
		{&l.bkMode, gdi, "SetBkMode"},
		{&l.textAlign, gdi, "SetTextAlign"},
		{&l.textColour, gdi, "SetTextColor"},
		{&l.fillMode, gdi, "SetPolyFillMode"},
		{&l.stretchMode, gdi, "SetStretchBltMode"},
		{&l.brushOrigin, gdi, "SetBrushOrgEx"},
		{&l.textOut, gdi, "ExtTextOutW"},
		{&l.patBlt, gdi, "PatBlt"},
		{&l.polygon, gdi, "Polygon"},
		{&l.polyline, gdi, "Polyline"},
		{&l.stretch, gdi, "StretchDIBits"},
	} {
		*p.to = p.dll.NewProc(p.name)
		if err := (*p.to).Find(); err != nil {
			return nil, err
		}
	}
	return l, nil
}
