/** What proves who is calling, and hides what must be hidden: signers and bodies. */
@NullMarked
package io.fairlead.crypto;

import org.jspecify.annotations.NullMarked;
