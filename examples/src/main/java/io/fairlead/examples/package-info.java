/** The main job: a payment run that survives servers which die, slow down, fail fast, or commit and then drop the connection. */
@NullMarked
package io.fairlead.examples;

import org.jspecify.annotations.NullMarked;
