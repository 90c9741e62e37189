-- The few sheets with an alert ("alert":{) and what adapts a sheet ("base":")
-- are found without reading all of them.
CREATE INDEX sheet_alert ON entity (id)
    WHERE type = 'sheet' AND instr(line, x'22616c657274223a7b') > 0;
CREATE INDEX sheet_base ON entity (json_extract(CAST(line AS TEXT), '$.base'))
    WHERE type = 'sheet' AND instr(line, x'2262617365223a22') > 0;
