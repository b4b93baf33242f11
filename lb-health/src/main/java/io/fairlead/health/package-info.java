/** Who may be chosen: active probes and passive ejections. */
@NullMarked
package io.fairlead.health;

import org.jspecify.annotations.NullMarked;
