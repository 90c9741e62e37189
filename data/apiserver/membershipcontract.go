package apiserver

import (
	"math"

	"polis/app/membership"
	"polis/data/wire"
)

// What the OpenAPI document says of requests to join.

func caseAnswer(description string) answer {
	return answer{description, mediaJSON, membership.Case{}, nil}
}

func networkDoc() operation {
	return operation{
		id: "show-network-settings", summary: "How a workstation reaches the network before it is enrolled", tag: "hub",
		answers: map[int]answer{200: {"Address, own certificate authority, the key for files on a stick, and the root keys by which catalogues are trusted.", mediaJSON, membership.Network{}, nil}},
	}
}

func membershipsDoc() operation {
	return operation{
		id: "list-membership-requests", summary: "Requests that changed after a version", tag: "examiners", security: []string{schemeDevice},
		description: "For istruttori and amministratori: cases without content, ascending by version, which grows with every change of any case.",
		parameters: []parameter{
			{name: "after", in: "query", description: "Version of the last case already read; absent for the beginning.", schema: map[string]any{
				"type": "integer", "format": "int64", "minimum": 0, "maximum": int64(math.MaxInt64), "default": 0,
			}},
			limitParameter(),
		},
		answers:  map[int]answer{200: {"A page of the queue.", mediaJSON, membership.CasePage{}, nil}},
		problems: []int{400},
	}
}

func putMembershipDoc() operation {
	return operation{
		id: "store-membership-request", summary: "Ask to join the network", tag: "applicants", security: []string{schemeApplicant, schemeDevice},
		description: "The signing key owns the request. While nobody has looked at it the owner may replace it; when it is to be completed, " +
			"another content completes it. Its documents come first.",
		parameters:   append(signatureParameters(), idParameter("UUID of the request.")),
		requestMedia: mediaJSON, request: membership.Request{},
		answers:  map[int]answer{200: caseAnswer("Replaced or completed, or the same already."), 201: caseAnswer("Received.")},
		problems: []int{400, 404, 408, 409, 413, 415},
	}
}

func membershipDoc() operation {
	return operation{
		id: "show-membership-request", summary: "Where a request stands", tag: "applicants", security: []string{schemeApplicant, schemeDevice},
		description: "With its content and its history. Its owner sees roles and no persons of the region; " +
			"an istruttore or amministratore sees every request, beside others for the same body.",
		parameters: []parameter{idParameter("UUID of the request.")},
		answers:    map[int]answer{200: caseAnswer("The request and its state.")},
		problems:   []int{404},
	}
}

func changeDoc() operation {
	return operation{
		id: "store-membership-change", summary: "Let an event happen to a request", tag: "applicants", security: []string{schemeApplicant, schemeDevice},
		description: "Once for each identifier: the same change again gets the case as it is. Of its owner: withdrawal, signed agreement. " +
			"Of istruttori and amministratori: all that the region decides; theirs names the version that was read.",
		parameters:   append(signatureParameters(), idParameter("UUID of the change.")),
		requestMedia: mediaJSON, request: membership.Change{},
		answers:  map[int]answer{200: caseAnswer("The case after it.")},
		problems: []int{400, 404, 408, 409, 412, 413, 415},
	}
}

func documentDoc() operation {
	return operation{
		id: "show-membership-document", summary: "A document of a request", tag: "examiners", security: []string{schemeDevice},
		description: "For istruttori and amministratori, to be saved: nobody has looked at what strangers send. Gone (410) when the documents of a " +
			"closed request have had their time.",
		parameters: []parameter{idParameter("UUID of the request."), hashParameter()},
		answers:    map[int]answer{200: {"The content.", mediaBytes, bytesSchema(), []string{"Content-Disposition"}}},
		problems:   []int{404, 410},
	}
}

func putDocumentDoc() operation {
	upload := func(description string) answer { return answer{description, mediaJSON, wire.BlobUpload{}, nil} }
	return operation{
		id: "store-membership-document", summary: "Add a document that came to the region by another way", tag: "examiners", security: []string{schemeDevice},
		description:  "For istruttori and amministratori; in parts as PUT /blobs/{sha256}.",
		parameters:   append(signatureParameters(), idParameter("UUID of the request."), hashParameter(), rangeParameter()),
		requestMedia: mediaBytes, request: bytesSchema(),
		answers:  map[int]answer{200: upload("How far the document is."), 201: upload("The document is complete.")},
		problems: []int{400, 404, 408, 409, 413},
	}
}

func letterDoc() operation {
	return operation{
		id: "create-membership-letter", summary: "Make an activation code for a new member", tag: "examiners", security: []string{schemeDevice},
		description: "For istruttori and amministratori. The letter goes to the body's PEC as the register has it; earlier codes of the membership " +
			"that were not used hold no longer.",
		parameters:   signatureParameters(),
		requestMedia: mediaJSON, request: membership.LetterRequest{},
		answers:  map[int]answer{201: {"What the letter says.", mediaJSON, membership.Letter{}, nil}},
		problems: []int{400, 404, 408, 409, 413, 415},
	}
}

func importFileDoc() operation {
	return operation{
		id: "create-membership-file", summary: "Take a request that came on a stick or by PEC", tag: "examiners", security: []string{schemeDevice},
		description:  "For istruttori and amministratori: the file that a workstation sealed, signed by its applicant's key. The same file again is no change.",
		parameters:   signatureParameters(),
		requestMedia: mediaBytes, request: bytesSchema(),
		answers:  map[int]answer{200: caseAnswer("The request and its state.")},
		problems: []int{400, 404, 408, 409, 413, 415},
	}
}
