export { trpc as GET, trpc as POST } from "@/server/api/http";
