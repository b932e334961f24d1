// SPDX-License-Identifier: Apache-2.0
//
// The value of --attach: FILE[,document=CODE][,evidence=CODE][,original][,collected-by=NAME][,collected-at=T][,name=NAME][,type=MEDIA].
// A comma that none of these words follows belongs to what stands before it.
//
// Lifetime: the attachment borrows from `text`, which belongs to the caller of attach_option_parse.
#pragma once

#include "liaison/liaison.h"

#include <stdbool.h>

// Cuts `text` to pieces. False: `out_fault` names the piece that makes no sense.
bool attach_option_parse(char *text, struct liaison_attachment *out_attachment, const char **out_fault);
