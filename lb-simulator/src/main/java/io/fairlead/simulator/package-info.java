/** What would my configuration have done? The real client, against scripted servers, on virtual time. */
@NullMarked
package io.fairlead.simulator;

import org.jspecify.annotations.NullMarked;
