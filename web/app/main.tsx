import { createRoot } from 'react-dom/client'
import '../ui/tokens.css'
import '../ui/base.css'
import { App } from './app.tsx'
import { openDirectory } from './local-directory.ts'
import { Preferences } from './preferences.ts'
import { Router } from './router.ts'
import { Session, type Account } from './session.ts'
import { Updates } from './updates.ts'

const root = document.querySelector('#root')
if (!root) throw new Error('the page has no place for the app')

const session = new Session()
const updates = new Updates()
const open = (account: Account) => openDirectory(session, account)
createRoot(root).render(
  <App
    session={session}
    router={new Router()}
    preferences={new Preferences()}
    updates={updates}
    open={open}
  />,
)
void session.start()
// Without it the app works as well, but for opening without the server.
updates.start().catch(() => {})
