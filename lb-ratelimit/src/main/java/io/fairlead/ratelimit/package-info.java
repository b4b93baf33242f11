/** How fast a service may be called. */
@NullMarked
package io.fairlead.ratelimit;

import org.jspecify.annotations.NullMarked;
